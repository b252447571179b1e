import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { firstParents } from "../git/first-parents.ts";
import type { CommitObject } from "../git/history.ts";
import { receiptsOf, usedNonces } from "../ledger/proposals.ts";
import { readPolicies } from "../policy/read-policies.ts";
import type { GateResult } from "../proposal/gate-report.ts";
import { isProposalId, readMessage } from "../proposal/message.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { approvalsRef, noncesIn, readApprovals } from "./approval-ref.ts";
import { approvalSigners } from "./approval-signers.ts";
import { auditCommands } from "./audit-commands.ts";
import { withLedger } from "./audit-state.ts";
import { findProposal, proposalRef, readProposal } from "./find-proposal.ts";
import { judgeVotes, type Bench } from "./judge-votes.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { agentNames, outcome, proposalApprovals, type ProposalApprovals, type ProposalVote } from "./proposal-approvals.ts";
import { provenRollback } from "./proven-rollback.ts";
import { proposalNeeds } from "./proposal-needs.ts";

export interface VerifyAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  proposal: string;
  /** The merge that landed it; found by itself when not given. */
  merge?: string | undefined;
  /** Also the commands by which it is checked without agentctl. */
  explain?: boolean | undefined;
}

/** `received`: by what its time was judged. */
export type VerifiedVote = Omit<ProposalVote, "statement" | "receivedMs"> & {
  received: string;
  by: "record" | "merge" | "now";
  issued: string;
  audit: ProposalVote["statement"]["audit"];
};

export interface VerifiedProposal {
  proposal: string;
  title: string;
  proposer: Proposal["proposer"];
  target: string;
  base: string;
  head: string;
  tree: string;
  /** Commit whose policies and signers judge. */
  policy: string;
  class: string;
  effect: string;
  state: ProposalApprovals["state"];
  /** holds: whoever checks it finds the same. waits: nothing is wrong, but people are missing. */
  verdict: "holds" | "waits" | "fails";
  /** Why it does not hold. */
  reasons: string[];
  landed?: { commit: string; at: string } | undefined;
  votes: VerifiedVote[];
  problems: string[];
  gates?: { digest: string; results: readonly Pick<GateResult, "gate" | "verdict" | "summary">[] } | undefined;
  commands?: string[] | undefined;
}

/**
 * Who approved what, when, and on what evidence, checked from git and ssh-keygen alone, whether it has landed or not. The record of this machine, where there is one,
 * says when an answer was received. Errors: those of `findProposal` and of `approvalSigners`; `proposal/no-merge` (usage).
 */
export async function verifyProposal({ cwd, env, proposal: name, merge, explain = false }: VerifyAsked): Promise<VerifiedProposal> {
  const authority = await loadAuthority(cwd, env);
  const landed = await landedAs(authority, name, merge);
  const found = landed === undefined ? await openOne(authority, name) : await landedOne(authority, landed);
  return explain ? { ...found.verified, commands: auditCommands(found) } : found.verified;
}

/** What the verdict was made of; the commands for auditors are made of the same. */
export interface Verification {
  verified: VerifiedProposal;
  repositoryId: string;
  votes: readonly ProposalVote[];
  /** Commit of the approvals. */
  approvals: string | undefined;
}

async function openOne(authority: Authority, name: string): Promise<Verification> {
  const { repository, workspace, ref, commit } = authority;
  const proposal = await findProposal(repository, name);
  const found = await proposalApprovals(authority, workspace.stateDir, proposal);
  const receipts = withLedger(workspace.stateDir, (ledger) => receiptsOf(ledger, proposal.id)) ?? new Map<string, unknown>();
  const reasons = found.state === "denied" ? found.needs.why.slice(0, 5) : found.state === "rejected" ? rejections(found.votes) : [];
  const verdict = found.state === "approved" ? "holds" : found.state === "open" ? "waits" : "fails";
  return {
    repositoryId: (await repository.firstCommit()) ?? "",
    votes: found.votes,
    approvals: await repository.readRef(approvalsRef(proposal.id)),
    verified: {
      ...factsOf(proposal, found, ref, commit),
      verdict,
      reasons: verdict === "waits" ? [`it still needs ${found.lacking ?? "people"}`] : reasons,
      votes: found.votes.map((vote) => shown(vote, receipts.has(vote.digest) ? "record" : "now")),
    },
  };
}

interface Landed {
  id: string;
  merge: CommitObject;
  tip: string;
  head: string;
}

/** The merge that brought it, by the trailers on the target's own history; or the one that was named. */
async function landedAs({ repository, commit }: Authority, name: string, given: string | undefined): Promise<Landed | undefined> {
  if (given === undefined && !isProposalId(name)) return undefined;
  const history = await firstParents(repository, commit);
  const oid = given === undefined ? undefined : await repository.resolve(given);
  const merge = history.find((each) => each.parents.length === 2 && readMessage(each.message)?.id === name && (given === undefined || each.oid === oid));
  const [tip, head] = merge?.parents ?? [];
  if (merge !== undefined && tip !== undefined && head !== undefined) return { id: name, merge, tip, head };
  if (given === undefined) return undefined;
  throw new AgentctlError("proposal/no-merge", `${JSON.stringify(given)} is no merge of ${JSON.stringify(name)} in the history of the protected branch`, {
    hint: "git log --first-parent --grep=Proposal-Id",
    exit: "usage",
  });
}

async function landedOne({ repository, workspace, ref }: Authority, { id, merge, tip, head }: Landed): Promise<Verification> {
  const proposal = await readProposal(repository, proposalRef(id), id, head);
  const before = { repository, commit: tip, set: readPolicies(await repository.readFiles(tip, "policies")).set };
  const [kept, needs, signers, agents, policyVersion, trees, times, repositoryId] = await Promise.all([
    repository.readRef(approvalsRef(id)).then((at) => readApprovals(repository, at)),
    proposalNeeds(before, proposal),
    approvalSigners(before),
    agentNames(before),
    repository.countChanges(tip, "policies"),
    repository.trees([tip, proposal.base]),
    repository.readCommits([tip, head]),
    repository.firstCommit(),
  ]);
  const receipts = withLedger(workspace.stateDir, (ledger) => receiptsOf(ledger, id)) ?? new Map();
  const nonces = noncesIn(kept.votes);
  const bench: Bench = {
    repository,
    repositoryId: repositoryId ?? "",
    proposal,
    target: ref,
    needs,
    signers,
    commit: tip,
    agents,
    policyVersion,
    signedOnly: before.set.signedApprovals,
    nowMs: merge.committedMs,
    receipts,
    receivedMs: merge.committedMs,
    used: withLedger(workspace.stateDir, (ledger) => usedNonces(ledger, nonces)) ?? new Map(),
    landed: true,
    proposerCounts: (await provenRollback(before, proposal)) !== undefined,
  };
  const found = outcome(bench, kept, await judgeVotes(bench, kept));
  const earliest = Math.max(...times.map((each) => each?.committedMs ?? 0));
  const reasons = [
    ...(merge.tree === proposal.tree ? [] : [`the merge has the tree ${merge.tree.slice(0, 10)}, the proposal ${proposal.tree.slice(0, 10)}`]),
    ...(trees.get(tip) === trees.get(proposal.base)
      ? []
      : [`it was made on ${proposal.base.slice(0, 10)}, whose tree is not that of ${tip.slice(0, 10)}, which it was merged into`]),
    // Whoever makes a merge writes its time; so it counts only where it follows what it merges.
    ...(merge.committedMs >= earliest ? [] : [`the merge says ${isoTime(merge.committedMs)}, which is before what it merges: its time is not believed`]),
    ...(found.state === "approved"
      ? []
      : found.state === "open"
        ? [`it lacks ${found.lacking ?? "people"}`]
        : found.state === "denied"
          ? needs.why.slice(0, 5)
          : rejections(found.votes)),
  ];
  return {
    repositoryId: bench.repositoryId,
    votes: found.votes,
    approvals: kept.commit,
    verified: {
      ...factsOf(proposal, found, ref, tip),
      verdict: reasons.length === 0 ? "holds" : "fails",
      reasons,
      landed: { commit: merge.oid, at: isoTime(merge.committedMs) },
      votes: found.votes.map((vote) => shown(vote, receipts.has(vote.digest) ? "record" : "merge")),
    },
  };
}

function factsOf({ id, title, proposer, base, head, tree }: Proposal, found: ProposalApprovals, target: string, policy: string) {
  const { needs, state, problems, gates, reports } = found;
  const report = gates === undefined ? undefined : reports.get(gates);
  return {
    proposal: id,
    title,
    proposer,
    target,
    base,
    head,
    tree,
    policy,
    class: needs.needed?.class ?? needs.risk.class,
    effect: needs.needed?.effect ?? "deny",
    state,
    problems,
    ...(gates !== undefined &&
      report !== undefined && { gates: { digest: gates, results: report.gates.map(({ gate, verdict, summary }) => ({ gate, verdict, summary })) } }),
  };
}

function shown({ statement, receivedMs, ...vote }: ProposalVote, by: VerifiedVote["by"]): VerifiedVote {
  return { ...vote, received: isoTime(receivedMs), by, issued: statement.issued, audit: statement.audit };
}

function rejections(votes: readonly ProposalVote[]): string[] {
  return votes.filter(({ counts, vote }) => counts && vote === "reject").map(({ who, note }) => `${who} rejected it${note === "" ? "" : `: ${note}`}`);
}
