import type { ExitName } from "../base/errors.ts";
import { reportProblem, type GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { gateReportFor } from "./gate-reports.ts";
import type { Authority } from "./load-authority.ts";
import { proposalApprovals, type ProposalApprovals, type ProposalVote } from "./proposal-approvals.ts";
import { proposalStates } from "./proposal-states.ts";

/** Why a proposal does not land, and how a command that says so ends. */
export interface LandingRefused {
  lands: false;
  exit: Extract<ExitName, "denied" | "findings" | "verification" | "waiting">;
  why: string[];
  hint: string;
}

/** Everything that its landing rests on. */
export interface LandingAllowed {
  lands: true;
  approvals: ProposalApprovals;
  /** Those that carry it. */
  counted: ProposalVote[];
  /** Where the ref of the approvals stood when they were judged. */
  approvalsAt: string | undefined;
  report: GateReport;
  /** Digest of the report. */
  gates: string;
}

/**
 * Whether a proposal may land on the protected branch as it stands now. Asked in this order, the first no counts: the branch, how it stands, its approvals, its gates,
 * its base. `reviews` have just come from the code host. Writes nothing. Errors: those of `proposalApprovals`.
 */
export async function judgeLanding(
  authority: Authority,
  stateDir: string,
  proposal: Proposal,
  reviews: readonly ProposalVote[] = [],
): Promise<LandingRefused | LandingAllowed> {
  const { repository, commit, ref } = authority;
  const { id } = proposal;
  const no = (exit: LandingRefused["exit"], hint: string, ...why: string[]): LandingRefused => ({ lands: false, exit, why, hint });
  if (!ref.startsWith("refs/heads/")) return no("denied", "git switch main", `${ref} is no branch of this repository, and nothing else can be landed on`);

  const standing = (await proposalStates(authority, stateDir, [proposal])).get(id);
  if (standing !== undefined && standing.state !== "open") return no("denied", closedHint(id, standing.state), closedWords(id, standing.state));
  const approvals = await proposalApprovals(authority, stateDir, proposal, reviews);
  if (approvals.state === "denied") return no("denied", `agentctl proposal show ${id}`, ...approvals.needs.why);
  if (approvals.state === "rejected") return no("denied", `agentctl proposal show ${id}`, ...rejectionsOf(approvals.votes));

  const repositoryName = (await repository.firstCommit()) ?? "";
  const judged = { ...proposal, repository: repositoryName, kinds: approvals.needs.risk.kinds };
  const own = await gateReportFor(stateDir, proposal);
  const failed = own === undefined ? undefined : reportProblem(own.report, judged);
  if (failed !== undefined) return no("findings", `agentctl proposal gate ${id}`, failed);
  if (approvals.state === "open") {
    const asked = own !== undefined || approvals.reports.size > 0;
    const others = approvals.votes.flatMap(({ who, counts, why }) => (counts || why === undefined ? [] : [`${who}: ${why}`]));
    const next = asked ? `agentctl proposal approve ${id}` : `agentctl proposal gate ${id}`;
    return no("waiting", next, `it needs ${approvals.lacking ?? "people who approve it"}`, ...(asked ? [] : ["its gates were not asked"]), ...others);
  }
  const counted = approvals.votes.filter(({ counts, vote }) => counts && vote === "approve");
  const gates = approvals.gates ?? "";
  const report = own?.digest === gates ? own.report : approvals.reports.get(gates);
  if (report === undefined) return no("verification", `agentctl proposal gate ${id}`, "the results of the gates that were approved are not here");
  const problem = reportProblem(report, judged);
  if (problem !== undefined) return no("verification", `agentctl proposal gate ${id}`, problem);
  // Where nobody signed for the results, only what this machine saw itself will do.
  if (own === undefined && counted.some(({ how }) => how !== "signed"))
    return no(
      "findings",
      `agentctl proposal gate ${id}`,
      "its gates were not asked on this machine, and an approval without a signature does not stand for them",
    );

  const trees = await repository.trees([commit, proposal.base]);
  if (trees.get(commit) !== trees.get(proposal.base)) {
    return no(
      "denied",
      `agentctl proposal refresh ${id}`,
      `the base moved: ${ref} is at ${commit.slice(0, 10)}, and what was approved is ${proposal.tree.slice(0, 10)} on ${proposal.base.slice(0, 10)}`,
    );
  }
  return { lands: true, approvals, counted, approvalsAt: approvals.at, report, gates };
}

function rejectionsOf(votes: readonly ProposalVote[]): string[] {
  return votes.filter(({ counts, vote }) => counts && vote === "reject").map(({ who, note }) => `${who} rejected it${note === "" ? "" : `: ${note}`}`);
}

function closedWords(id: string, state: string): string {
  if (state === "landed") return `${id} has landed already; what was approved once lands once`;
  if (state === "rolled-back") return `${id} has landed and was rolled back; what was approved once lands once`;
  return state === "stale" ? `${id} is stale: it was open for too long` : `${id} is ${state}`;
}

function closedHint(id: string, state: string): string {
  if (state === "stale") return `agentctl proposal refresh ${id}`;
  return state === "landed" ? `agentctl proposal rollback ${id}` : "agentctl propose";
}
