import type { GateReport } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { ProposalVote } from "./proposal-approvals.ts";
import type { ProposalNeeds } from "./proposal-needs.ts";
import { readyToVote } from "./ready-vote.ts";
import type { VoteWanted } from "./vote-proposal.ts";

/** What a person is shown before they answer. */
export interface VotePreview {
  proposal: Proposal;
  needs: ProposalNeeds;
  target: string;
  report?: { report: GateReport; digest: string; from: "record" | "answers" } | undefined;
  votes: ProposalVote[];
  lacking?: string | undefined;
  /** Policy wants every answer signed. */
  signedOnly: boolean;
}

/** What an answer would be about. Errors: those of `voteProposal` that are known before there is an answer. */
export async function previewVote(wanted: VoteWanted): Promise<VotePreview> {
  const { authority, proposal, needs, report, before } = await readyToVote(wanted);
  return { proposal, needs, target: authority.ref, report, votes: before.votes, lacking: before.lacking, signedOnly: authority.set.signedApprovals };
}
