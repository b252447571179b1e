import { reportProblem } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { askReviews } from "./ask-reviews.ts";
import { gatesOf } from "./ci-gates.ts";
import { ciPlace, proposalAt, type CiAsked, type CiPlace } from "./ci-place.ts";
import { branchOf, type ForgeAsked } from "./forge-access.ts";
import { gateReportFor } from "./gate-reports.ts";
import { proposalApprovals, type ProposalApprovals, type ProposalVote } from "./proposal-approvals.ts";

export interface CiVerifyAsked extends CiAsked {
  /** Also what signers said in reviews of the pull request; asked of the host now. */
  reviews?: ForgeAsked | undefined;
  /** Ask the gates here and now, where a review would count and lacks nothing but their report; their containers take minutes. */
  gates?: boolean | undefined;
}

export interface CiVerified {
  head: string;
  base: string;
  target: string;
  /** Undefined where the head is none. */
  proposal?: string | undefined;
  /**
   * holds: approvals and gates hold for exactly this commit. waits: nothing is wrong, but people are missing. ungated: a review would do, and this machine has not
   * asked the gates, which no signature stands for.
   */
  verdict: "holds" | "waits" | "ungated" | "fails";
  reasons: string[];
  votes: Pick<ProposalVote, "who" | "how" | "vote" | "counts" | "why">[];
  /** Digest of the report that the answers are about. */
  gates?: string | undefined;
}

/**
 * Whether a commit has what it takes to land: the required check of a pull request. Signers, policies and configuration are those of the protected branch; a commit that
 * is no proposal has nothing that could be approved. Where signatures do, nothing of the change is run. Errors: those of `ciPlace`, `proposalApprovals`, `forgeAccess`,
 * `openForge`, and where gates are asked those of `gatesOf`.
 */
export async function ciVerify(asked: CiVerifyAsked): Promise<CiVerified> {
  const place = await ciPlace(asked);
  const proposal = await proposalAt(place.authority, place.head);
  const { authority, head } = place;
  if (proposal === undefined) {
    const reasons = [`${head.slice(0, 10)} is no proposal: agentctl propose makes a branch that people can approve`];
    return { head, base: authority.commit, target: authority.ref, verdict: "fails", reasons, votes: [] };
  }
  const verified = await judged(place, proposal, asked.reviews);
  if (verified.verdict !== "ungated" || asked.gates !== true) return verified;
  const { report } = await gatesOf(authority, { cwd: asked.cwd, env: place.env }, proposal);
  const failed = report.gates.filter(({ verdict }) => verdict === "failed").map(({ gate, summary }) => `gate ${gate}: ${summary}`);
  if (failed.length > 0) return { ...verified, verdict: "fails", reasons: failed };
  // It took its time: a branch may have moved, and a reviewer may have thought again.
  return judged(await ciPlace({ ...asked, head }), proposal, asked.reviews);
}

async function judged(place: CiPlace, proposal: Proposal, reviews: ForgeAsked | undefined): Promise<CiVerified> {
  const { authority, head } = place;
  const extra = reviews === undefined ? [] : await askReviews({ ...place, command: `ci verify ${proposal.id}` }, proposal, reviews);
  const found = await proposalApprovals(authority, authority.workspace.stateDir, proposal, extra);
  const reasons = await unmet(place, proposal, found);
  const trees = await authority.repository.trees([proposal.base, authority.commit]);
  if (trees.get(proposal.base) !== trees.get(authority.commit))
    reasons.push(`it was made on ${proposal.base.slice(0, 10)}; ${branchOf(authority.ref)} has another tree since: agentctl proposal refresh ${proposal.id}`);
  const open = found.state === "open" && reasons.length === 0;
  const reviewed = open ? found.votes.find(({ lacks }) => lacks === "gates") : undefined;
  if (open)
    reasons.push(
      reviewed === undefined
        ? `it still needs ${found.lacking ?? "people"}`
        : `the review of ${reviewed.who} counts once the gates are asked here: agentctl ci verify --reviews --gates`,
    );
  return {
    head,
    base: authority.commit,
    target: authority.ref,
    proposal: proposal.id,
    verdict: reviewed !== undefined ? "ungated" : open ? "waits" : reasons.length > 0 ? "fails" : "holds",
    reasons,
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
