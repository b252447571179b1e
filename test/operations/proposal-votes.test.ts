import { expect, test } from "vitest";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { proposalApprovals, type ProposalApprovals } from "../../src/operations/proposal-approvals.ts";
import { voteProposal } from "../../src/operations/vote-proposal.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";
import { proposalWorld, type ProposalWorld } from "../support/proposals.ts";

const approvalsOf = async ({ dir, stateDir }: ProposalWorld, proposal: Proposal): Promise<ProposalApprovals> =>
  proposalApprovals(await loadAuthority(dir, {}), stateDir, proposal);

test("a signed yes to a plain change is enough, and is found again from git alone", async () => {
  const world = proposalWorld();
  const proposal = await world.propose();
  const { digest } = await world.putReport(proposal);
  const taken = await voteProposal({ cwd: world.dir, env: {}, proposal: proposal.id, vote: "approve", note: "fine", key: world.keys["ada@example.org"]?.path });
  expect(taken).toMatchObject({ who: "ada@example.org", how: "signed", state: "approved", gates: digest });
  const found = await approvalsOf(world, proposal);
  expect(found).toMatchObject({ state: "approved", gates: digest, problems: [] });
  expect(found.votes).toMatchObject([{ who: "ada@example.org", counts: true, note: "fine" }]);
});
