import { reportProblem } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { askReviews } from "./ask-reviews.ts";
import { ciPlace, proposalAt, type CiAsked, type CiPlace } from "./ci-place.ts";
import { branchOf, type ForgeAsked } from "./forge-access.ts";
import { gateReportFor } from "./gate-reports.ts";
import { proposalApprovals, type ProposalApprovals, type ProposalVote } from "./proposal-approvals.ts";

export interface CiVerifyAsked extends CiAsked {
  /** Also what signers said in reviews of the pull request; asked of the host now. */
  reviews?: ForgeAsked | undefined;
}

export interface CiVerified {
  head: string;
  base: string;
  target: string;
  /** Undefined where the head is none. */
  proposal?: string | undefined;
  /** holds: approvals and gates hold for exactly this commit. waits: nothing is wrong, but people are missing. */
  verdict: "holds" | "waits" | "fails";
  reasons: string[];
  votes: Pick<ProposalVote, "who" | "how" | "vote" | "counts" | "why">[];
  /** Digest of the report that the answers are about. */
  gates?: string | undefined;
}

/**
 * Whether a commit has what it takes to land: the required check of a pull request. Signers, policies and configuration are those of the protected branch; a commit that
 * is no proposal has nothing that could be approved. Errors: those of `ciPlace`, `proposalApprovals`, `forgeAccess`, `openForge`.
 */
export async function ciVerify(asked: CiVerifyAsked): Promise<CiVerified> {
  const place = await ciPlace(asked);
  const { authority, head } = place;
  const proposal = await proposalAt(authority, head);
  const base = { head, base: authority.commit, target: authority.ref };
  if (proposal === undefined) {
    return { ...base, verdict: "fails", reasons: [`${head.slice(0, 10)} is no proposal: agentctl propose makes a branch that people can approve`], votes: [] };
  }
  const extra = asked.reviews === undefined ? [] : await askReviews({ ...place, command: `ci verify ${proposal.id}` }, proposal, asked.reviews);
  const found = await proposalApprovals(authority, authority.workspace.stateDir, proposal, extra);
  const reasons = await unmet(place, proposal, found);
  const trees = await authority.repository.trees([proposal.base, authority.commit]);
  if (trees.get(proposal.base) !== trees.get(authority.commit))
    reasons.push(`it was made on ${proposal.base.slice(0, 10)}; ${branchOf(authority.ref)} has another tree since: agentctl proposal refresh ${proposal.id}`);
  const waits = found.state === "open" && reasons.length === 0;
  return {
    ...base,
    proposal: proposal.id,
    verdict: reasons.length > 0 ? "fails" : waits ? "waits" : "holds",
    reasons: waits ? [`it still needs ${found.lacking ?? "people"}`] : reasons,
    votes: found.votes.map(({ who, how, vote, counts, why }) => ({ who, how, vote, counts, ...(why !== undefined && { why }) })),
    gates: found.gates,
  };
}

async function unmet({ authority }: CiPlace, proposal: Proposal, found: ProposalApprovals): Promise<string[]> {
  if (found.state === "denied") return found.needs.why.slice(0, 5);
  if (found.state === "rejected")
    return found.votes.filter(({ counts, vote }) => counts && vote === "reject").map(({ who, how }) => `${who} rejected it (${how})`);
  if (found.state === "open") return [];
  // Of reviews alone it is the report of this machine's own record.
  const report = found.reports.get(found.gates ?? "") ?? (await gateReportFor(authority.workspace.stateDir, proposal))?.report;
  if (report === undefined) return ["the results of the gates that the answers name are not here"];
  const problem = reportProblem(report, { ...proposal, repository: (await authority.repository.firstCommit()) ?? "", kinds: found.needs.risk.kinds });
  return problem === undefined ? [] : [problem];
}
