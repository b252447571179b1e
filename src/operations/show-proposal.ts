import type { TreeEntry } from "../git/objects.ts";
import type { Repository } from "../git/repository.ts";
import { systemClock } from "../base/clock.ts";
import { diffBounds, fileDiff, type FileDiff } from "../proposal/file-diff.ts";
import { reportProblem, type GateReport } from "../proposal/gate-report.ts";
import type { PathChange, Proposal, Risk, TreeSide } from "../proposal/proposal.ts";
import { findProposal } from "./find-proposal.ts";
import { gateReportFor } from "./gate-reports.ts";
import { loadAuthority } from "./load-authority.ts";
import { proposalApprovals, type ProposalApprovals } from "./proposal-approvals.ts";
import { knownEvidence, type Evidence } from "./proposal-evidence.ts";
import { proposalStates, type ProposalStanding } from "./proposal-states.ts";

export interface ShownChange extends PathChange {
  /** added, changed, removed, or what else it is: in words. */
  what: string;
  /** What its path or its content asks for. */
  effect: Risk["effect"];
  diff: FileDiff;
}

export interface ShownProposal {
  proposal: Omit<Proposal, "changes">;
  /** The ref that it is to land on. */
  target: string;
  standing: ProposalStanding;
  ageMs: number;
  needs: Omit<ProposalApprovals["needs"], "decisions">;
  /** What raises what it takes first, so that nothing is buried. */
  changes: ShownChange[];
  evidence: Evidence[];
  /** Undefined where they were not asked about this head. */
  gates?: { digest: string; from: "record" | "answers"; gates: GateReport["gates"]; problem?: string | undefined } | undefined;
  state: ProposalApprovals["state"];
  votes: Omit<ProposalApprovals["votes"][number], "statement">[];
  /** What it still needs. */
  lacking: string[];
  problems: string[];
  next: string;
}

/** Everything that a person looks at before they answer. Writes nothing. Errors: those of `findProposal` and `proposalApprovals`. */
export async function showProposal(asked: { cwd: string; env: NodeJS.ProcessEnv; proposal: string }): Promise<ShownProposal> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const { repository, ref: target, workspace } = authority;
  const { stateDir } = workspace;
  const found = await findProposal(repository, asked.proposal);
  const [approvals, states, kept, evidence, diffs, repositoryId] = await Promise.all([
    proposalApprovals(authority, stateDir, found),
    proposalStates(authority, stateDir, [found]),
    gateReportFor(stateDir, found),
    knownEvidence(repository, stateDir, found.evidence),
    changesOf(repository, found),
    repository.firstCommit(),
  ]);
  const { changes: _, ...proposal } = found;
  const { decisions: __, ...needs } = approvals.needs;
  const standing = states.get(found.id) ?? { state: "open" as const, openedMs: found.writtenMs };
  const report = kept ?? answered(approvals);
  const problem = report && reportProblem(report.report, { ...found, repository: repositoryId ?? "", kinds: needs.risk.kinds });
  const gates = report && { digest: report.digest, from: kept === undefined ? ("answers" as const) : ("record" as const), gates: report.report.gates, problem };
  const lacking = lackingOf(standing, approvals, gates);
  return {
    proposal,
    target,
    standing,
    ageMs: Math.max(0, systemClock.nowMs() - standing.openedMs),
    needs,
    changes: inOrder(diffs, needs.risk),
    evidence,
    gates,
    state: approvals.state,
    votes: approvals.votes.map(({ statement: ___, ...vote }) => vote),
    lacking,
    problems: approvals.problems,
    next: nextOf(found.id, standing, approvals, gates, lacking),
  };
}

function answered({ gates, reports }: ProposalApprovals): { report: GateReport; digest: string } | undefined {
  const digest = gates ?? [...reports.keys()].at(-1);
  const report = digest === undefined ? undefined : reports.get(digest);
  return digest === undefined || report === undefined ? undefined : { report, digest };
}

type Gates = ShownProposal["gates"];

function lackingOf({ state }: ProposalStanding, { lacking, needs, state: answer }: ProposalApprovals, gates: Gates): string[] {
  if (state !== "open" && state !== "stale") return [];
  if (needs.needed === undefined) return ["it may not land at all"];
  return [
    ...(state === "stale" ? ["to be refreshed: it waited too long"] : []),
    ...(gates === undefined ? ["the gates"] : gates.problem === undefined ? [] : [`other gates: ${gates.problem}`]),
    ...(answer === "open" ? [lacking ?? "approval"] : []),
  ];
}

function nextOf(id: string, { state }: ProposalStanding, { state: answer }: ProposalApprovals, gates: Gates, lacking: readonly string[]): string {
  if (state === "landed") return `agentctl proposal rollback ${id}`;
  if (state === "stale") return `agentctl proposal refresh ${id}`;
  if (state !== "open" || answer === "rejected") return "agentctl proposal";
  if (answer === "denied") return `agentctl proposal withdraw ${id}`;
  if (gates === undefined || gates.problem !== undefined) return `agentctl proposal gate ${id}`;
  return lacking.length === 0 ? `agentctl proposal land ${id}` : `agentctl proposal approve ${id}`;
}

/** What lies on both sides of each path; what is larger than the bound is not read at all. */
async function changesOf(repository: Repository, { base, head, changes }: Proposal): Promise<Omit<ShownChange, "effect">[]> {
  const entries = new Map((await Promise.all([repository.listTree(base), repository.listTree(head)])).flat().map((entry) => [entry.oid, entry]));
  const readable = (side: TreeSide | undefined): string | undefined =>
    side !== undefined && side.mode !== "160000" && fits(entries.get(side.oid)) ? side.oid : undefined;
  const oids = [...new Set(changes.flatMap(({ before, after }) => [readable(before), readable(after)].filter((oid) => oid !== undefined)))];
  const blobs = new Map((await repository.readBlobs(oids)).map((data, index) => [oids[index], data]));
  return changes.map((change) => {
    const whole = [change.before, change.after].every((side) => side === undefined || readable(side) !== undefined);
    const diff: FileDiff = whole ? fileDiff(blobs.get(change.before?.oid), blobs.get(change.after?.oid)) : { kind: "large", added: 0, removed: 0, lines: [] };
    return { ...change, what: whatOf(change), diff };
  });
}

function fits(entry: TreeEntry | undefined): boolean {
  return entry !== undefined && entry.bytes <= diffBounds.bytes;
}

const kinds: Readonly<Record<string, string>> = { "100644": "a file", "100755": "a program", "120000": "a link", "160000": "a submodule" };

function kindOf({ mode }: TreeSide): string {
  return kinds[mode] ?? `mode ${mode}`;
}

function whatOf({ before, after }: PathChange): string {
  const odd = (side: TreeSide): string => (side.mode === "100644" ? "" : `: ${kindOf(side)}`);
  if (after === undefined) return before === undefined ? "nothing" : `removed${odd(before)}`;
  if (before === undefined) return `added${odd(after)}`;
  if (before.mode !== after.mode) return `was ${kindOf(before)}, becomes ${kindOf(after)}${before.oid === after.oid ? "" : ", and changes"}`;
  return `changed${odd(after)}`;
}

const effects = ["approve", "two-key", "deny"] as const;

function inOrder(changes: readonly Omit<ShownChange, "effect">[], risk: Risk): ShownChange[] {
  const worst = new Map<string, Risk["effect"]>();
  for (const { path, effect } of risk.why.toReversed()) worst.set(path, effect);
  return changes
    .map((change) => ({ ...change, effect: worst.get(change.path) ?? ("approve" as const) }))
    .toSorted((a, b) => effects.indexOf(b.effect) - effects.indexOf(a.effect) || (a.path < b.path ? -1 : 1));
}
