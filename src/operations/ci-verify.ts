import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { openForge } from "../forge/github.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { reportProblem } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { approvalSigners } from "./approval-signers.ts";
import { ciPlace, proposalAt, type CiAsked, type CiPlace } from "./ci-place.ts";
import { decidedAction } from "./decided-action.ts";
import { branchOf, forgeAccess, type ForgeAsked } from "./forge-access.ts";
import { gateReportFor } from "./gate-reports.ts";
import { proposalApprovals, versionHere, type ProposalApprovals, type ProposalVote } from "./proposal-approvals.ts";
import { proposalNeeds } from "./proposal-needs.ts";
import { reviewVotes } from "./review-votes.ts";

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
  const extra = asked.reviews === undefined ? [] : await reviewsOf(place, proposal, asked.reviews);
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

/** Asked of the host in this very run, decided as any other way out. */
async function reviewsOf({ authority, env }: CiPlace, proposal: Proposal, where: ForgeAsked): Promise<ProposalVote[]> {
  const { place, token, request } = await forgeAccess(authority, env, where);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const asked = { command: `ci verify ${proposal.id}`, request, amounts: { wallMs: 120_000 }, env };
  const { value, decision } = await decidedAction({ authority, stateDir }, asked, async (open) => {
    const forge = await openForge(place, { token, bounds: { signal: open.stop } });
    const pull = await forge.findPull({ head: `agentctl/${proposal.id}`, base: branchOf(authority.ref) });
    if (pull === undefined || pull.head !== proposal.head) return { outcome: "ok" as const, value: [] };
    const [reviews, needs, signers, version, kept, repository] = await Promise.all([
      forge.reviews(pull.number),
      proposalNeeds(authority, proposal),
      approvalSigners(authority),
      versionHere(authority, stateDir),
      gateReportFor(stateDir, proposal),
      authority.repository.firstCommit(),
    ]);
    const passed = kept !== undefined && reportProblem(kept.report, { ...proposal, repository: repository ?? "", kinds: needs.risk.kinds }) === undefined;
    const statement = {
      repository: repository ?? "",
      target: authority.ref,
      policy: { commit: authority.commit, version },
      gates: passed ? kept.digest : null,
      nowMs: systemClock.nowMs(),
      ttlMs: authority.config.values.proposals.approvalTtlMs,
    };
    const votes = reviewVotes(reviews, { proposal, needs, signers, author: pull.author, signedOnly: authority.set.signedApprovals, statement });
    for (const vote of votes) {
      await open.recorder.append("proposal.voted", {
        proposal: proposal.id,
        head: proposal.head,
        who: vote.who,
        how: "review",
        vote: vote.vote,
        note: vote.note,
        digest: vote.digest,
        received: true,
      });
    }
    return { outcome: "ok" as const, value: votes };
  });
  if (value !== undefined) return value;
  throw new AgentctlError("ci/not-asked", `policy did not let reviews be read: ${decision.reason}`, {
    exit: "denied",
    hint: "agentctl policy check net.connect",
  });
}
