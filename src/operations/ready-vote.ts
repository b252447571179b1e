import { AgentctlError } from "../base/errors.ts";
import { reportProblem, type GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { findProposal } from "./find-proposal.ts";
import { gateReportFor } from "./gate-reports.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { proposalApprovals, versionHere, type ProposalApprovals } from "./proposal-approvals.ts";
import type { ProposalNeeds } from "./proposal-needs.ts";
import { proposalStates } from "./proposal-states.ts";
import { provenRollback } from "./proven-rollback.ts";
import type { VoteWanted } from "./vote-proposal.ts";

/** A proposal that can be answered, and all that a person should have seen before they do. */
export interface ReadyVote {
  authority: Authority;
  repositoryId: string;
  proposal: Proposal;
  needs: ProposalNeeds;
  version: number;
  before: ProposalApprovals;
  /** A proven rollback: whoever proposes it may agree to it, and a halt does not keep it from being answered. */
  rollback: boolean;
  /** The gates' report that the answer is about; undefined only of a no. */
  report?: { report: GateReport; digest: string; from: "record" | "answers" } | undefined;
}

/**
 * Looks up what an answer is about, and refuses where there is nothing to answer: a proposal that has ended, another head than the one that was shown, a yes to what
 * nobody can agree to or whose gates did not pass. Errors: those of `voteProposal`.
 */
export async function readyToVote({ cwd, env, proposal: name, vote, head }: VoteWanted): Promise<ReadyVote> {
  const authority = await loadAuthority(cwd, env);
  const { repository, workspace } = authority;
  const proposal = await findProposal(repository, name);
  if (head !== undefined && (!/^[0-9a-f]{4,64}$/.test(head) || !proposal.head.startsWith(head))) {
    throw new AgentctlError("proposal/head-moved", `${proposal.id} is at ${proposal.head.slice(0, 10)}, not at ${JSON.stringify(head)}`, {
      hint: `agentctl proposal show ${proposal.id}`,
      exit: "verification",
    });
  }
  const standing = (await proposalStates(authority, workspace.stateDir, [proposal])).get(proposal.id);
  const state = standing?.state ?? "open";
  // What has waited for too long can still be refused.
  if (state !== "open" && !(state === "stale" && vote === "reject")) throw closed(proposal.id, state);
  const rollback = (await provenRollback(authority, proposal)) !== undefined;
  const [version, before, repositoryId] = await Promise.all([
    versionHere(authority, workspace.stateDir),
    proposalApprovals(authority, workspace.stateDir, proposal),
    repository.firstCommit(),
  ]);
  if (before.state === "rejected") throw closed(proposal.id, "rejected");
  const ready = { authority, repositoryId: repositoryId ?? "", proposal, needs: before.needs, version, before, rollback };
  const report = await reportOf(ready);
  if (vote === "reject") return { ...ready, ...(typeof report === "string" ? {} : { report }) };
  if (before.needs.needed === undefined) {
    throw new AgentctlError("proposal/denied", `nobody can approve ${proposal.id}: ${before.needs.why[0] ?? "it is denied"}`, {
      hint: `agentctl proposal show ${proposal.id}`,
      exit: "denied",
    });
  }
  if (typeof report === "string") {
    throw new AgentctlError("proposal/gates", `${proposal.id} cannot be approved yet: ${report}`, {
      hint: `agentctl proposal gate ${proposal.id}`,
      exit: "denied",
    });
  }
  return { ...ready, report };
}

/**
 * The report to answer about: the one that answers that count are about already, since all have to be about the same one; else this machine's own. What this
 * machine itself saw fail is never approved. A text says why there is none.
 */
async function reportOf({ authority, repositoryId, proposal, needs, before }: Omit<ReadyVote, "report">): Promise<ReadyVote["report"] | string> {
  const judged = { ...proposal, repository: repositoryId, kinds: needs.risk.kinds };
  const own = await gateReportFor(authority.workspace.stateDir, proposal);
  const problem = own === undefined ? undefined : reportProblem(own.report, judged);
  if (problem !== undefined) return problem;
  const signed = before.gates === undefined ? undefined : before.reports.get(before.gates);
  if (signed !== undefined && before.gates !== undefined) return { report: signed, digest: before.gates, from: "answers" };
  return own === undefined ? "its gates were not asked" : { ...own, from: "record" };
}

/** Why nothing can be answered any more. */
function closed(id: string, state: string): AgentctlError {
  const words: Record<string, string> = {
    rejected: "rejected",
    withdrawn: "withdrawn",
    stale: "stale: it was open for too long",
    landed: "landed already",
    "rolled-back": "landed and rolled back",
  };
  return new AgentctlError("proposal/closed", `${id} is ${words[state] ?? state}`, {
    hint: state === "stale" ? `agentctl proposal refresh ${id}` : "agentctl proposal --all",
    exit: "denied",
  });
}
