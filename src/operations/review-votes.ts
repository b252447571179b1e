import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { Review } from "../forge/pull-request.ts";
import { sameName, signatureNeeded } from "../policy/approval.ts";
import { validSigners, type Signer } from "../policy/signers.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { approvalNamespace } from "./approval-statement.ts";
import type { ProposalVote } from "./proposal-approvals.ts";
import type { ProposalNeeds } from "./proposal-needs.ts";
import { proposalStatement, type StatementFacts } from "./proposal-statement.ts";

export interface ReviewFacts {
  proposal: Proposal;
  needs: ProposalNeeds;
  /** Of the protected branch's commit. */
  signers: readonly Signer[];
  /** Login that opened the pull request. */
  author: string;
  /** Names of the protected branch's agents: none of them is a person. */
  agents: readonly string[];
  /** Where policy wants every answer signed. */
  signedOnly: boolean;
  /** Why the gates that this machine asked do not stand for it; its statement then names none. */
  gatesFailed?: string | undefined;
  statement: Omit<StatementFacts, "audit" | "needs">;
}

/**
 * What reviews of a pull request say of a proposal, each with the reason where it does not count. A yes is the last word of a signer's own login about exactly the
 * head, where every rule that asks for an approval says `reviewMayCount`; it is never one of two keys. A no of a signer about the head counts whatever policy says of reviews. They have
 * just come from the host: nothing that was kept is a review.
 */
export function reviewVotes(reviews: readonly Review[], facts: ReviewFacts): ProposalVote[] {
  const { signers, statement } = facts;
  const valid = validSigners(signers, approvalNamespace, statement.nowMs);
  const known = reviews.flatMap((review) => {
    const signer = valid.find(({ github }) => github !== undefined && sameName(github, review.who));
    return signer === undefined || !review.isPerson || !["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(review.state) ? [] : [{ review, signer }];
  });
  // The host gives them in the order in which they came; a remark is no new word, a dismissal takes the one before away.
  const last = new Map(known.map((each) => [each.signer.principal, each]));
  return [...last.values()].flatMap(({ review, signer }) => {
    if (review.state === "DISMISSED") return [];
    const vote = review.state === "APPROVED" ? "approve" : "reject";
    const problem = problemOf(facts, review, { who: signer.principal, vote });
    const lacks = vote === "approve" && problem === undefined && statement.gates === null;
    const why = lacks ? (facts.gatesFailed ?? "the gates were not asked about this commit here") : problem;
    const said = proposalStatement(facts.proposal, { ...statement, needs: facts.needs, audit: null }, { decision: vote, note: `review ${review.id}` });
    return [
      {
        who: signer.principal,
        how: "review" as const,
        vote,
        note: `review ${review.id} by ${review.who}`,
        digest: sha256(canonicalJson({ type: "agentctl-review-v1", ...review })),
        statement: said,
        receivedMs: statement.nowMs,
        counts: why === undefined,
        ...(why !== undefined && { why }),
        ...(lacks && facts.gatesFailed === undefined && { lacks: "gates" as const }),
      },
    ];
  });
}

/** Why it does not count, whatever the gates say. */
function problemOf(
  { proposal, needs, author, agents, signedOnly }: ReviewFacts,
  review: Review,
  { who, vote }: Pick<ProposalVote, "who" | "vote">,
): string | undefined {
  if (review.commit !== proposal.head) return `the review is of ${review.commit.slice(0, 10)}, the branch is at ${proposal.head.slice(0, 10)}`;
  if (vote === "reject") return undefined;
  const { needed, decisions } = needs;
  if (needed === undefined) return "nobody can agree to it: it is denied";
  if (sameName(author, review.who)) return `${review.who} opened the pull request: one's own approval does not count`;
  if (agents.some((agent) => sameName(agent, who))) return `${who} is an agent: only people's approvals count`;
  if (signatureNeeded(needed)) return "it is no signature, and this change takes signed ones";
  if (signedOnly) return "it is no signature, and policy wants every answer signed";
  if (decisions.length === 0 || !decisions.every(({ effect, reviewMayCount }) => effect === "approve" && reviewMayCount === true))
    return "no rule says that a review may count here (reviewMayCount)";
  return undefined;
}
