import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { openForge } from "../forge/github.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { reportProblem } from "../proposal/gate-report.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { approvalSigners } from "./approval-signers.ts";
import { decidedAction } from "./decided-action.ts";
import { branchOf, forgeAccess, type ForgeAsked } from "./forge-access.ts";
import { gateReportFor } from "./gate-reports.ts";
import type { Authority } from "./load-authority.ts";
import { agentNames, versionHere, type ProposalVote } from "./proposal-approvals.ts";
import { proposalNeeds } from "./proposal-needs.ts";
import { reviewVotes } from "./review-votes.ts";

/**
 * What signers said of a proposal in reviews of its pull request, asked of the host in this very run, decided as any other way out; none where the pull request is at
 * another head. Errors: `forge/not-asked` (denied), those of `forgeAccess` and `openForge`.
 */
export async function askReviews(
  { authority, env, command }: { authority: Authority; env: NodeJS.ProcessEnv; command: string },
  proposal: Proposal,
  where: ForgeAsked,
): Promise<ProposalVote[]> {
  const { place, token, request } = await forgeAccess(authority, env, where);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const asked = { command, request, amounts: { wallMs: 120_000 }, env };
  const { value, decision } = await decidedAction({ authority, stateDir }, asked, async (open) => {
    const forge = await openForge(place, { token, bounds: { signal: open.stop } });
    const pull = await forge.findPull({ head: `agentctl/${proposal.id}`, base: branchOf(authority.ref) });
    if (pull === undefined || pull.head !== proposal.head) return { outcome: "ok" as const, value: [] };
    const [reviews, needs, signers, agents, version, kept, repository] = await Promise.all([
      forge.reviews(pull.number),
      proposalNeeds(authority, proposal),
      approvalSigners(authority),
      agentNames(authority),
      versionHere(authority, stateDir),
      gateReportFor(stateDir, proposal),
      authority.repository.firstCommit(),
    ]);
    const gatesFailed = kept === undefined ? undefined : reportProblem(kept.report, { ...proposal, repository: repository ?? "", kinds: needs.risk.kinds });
    const statement = {
      repository: repository ?? "",
      target: authority.ref,
      policy: { commit: authority.commit, version },
      gates: gatesFailed === undefined ? (kept?.digest ?? null) : null,
      nowMs: systemClock.nowMs(),
      ttlMs: authority.config.values.proposals.approvalTtlMs,
    };
    const { author } = pull;
    const votes = reviewVotes(reviews, { proposal, needs, signers, author, agents, signedOnly: authority.set.signedApprovals, gatesFailed, statement });
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
  throw new AgentctlError("forge/not-asked", `policy did not let reviews be read: ${decision.reason}`, {
    exit: "denied",
    hint: "agentctl policy check net.connect",
  });
}
