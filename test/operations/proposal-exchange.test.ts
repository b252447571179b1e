import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fetchProposals } from "../../src/operations/fetch-proposals.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { proposalApprovals } from "../../src/operations/proposal-approvals.ts";
import { pushProposal } from "../../src/operations/push-proposal.ts";
import { voteProposal } from "../../src/operations/vote-proposal.ts";
import { findProposal } from "../../src/operations/find-proposal.ts";
import { openRepository } from "../../src/git/repository.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import { proposalWorld } from "../support/proposals.ts";
import { folder } from "../support/workspace.ts";

const plain = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", args, { cwd: dir, env: plain, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

/** Another clone, with a state of its own. */
function clone(of: string): { dir: string; stateDir: string } {
  const dir = join(folder(), "clone");
  git(folder(), "clone", "-q", of, dir);
  const stateDir = ensureStateDir({ stateDir: join(dir, ".git", "agentctl") });
  armWhenNew(stateDir);
  return { dir, stateDir };
}

const approvalsIn = async ({ dir, stateDir }: { dir: string; stateDir: string }, id: string) =>
  proposalApprovals(await loadAuthority(dir, {}), stateDir, await findProposal(openRepository(findWorkspace(dir, {})), id));

test("two people in two clones answer at the same time; both answers arrive in both", async () => {
  const world = proposalWorld();
  const proposal = await world.propose({ contents: [{ path: "policies/extra/README.md", data: Buffer.from("# Extra\n") }] });
  await world.putReport(proposal);
  const hub = folder();
  git(hub, "init", "-q", "--bare", "-b", "main");
  world.git("remote", "add", "origin", hub);
  world.git("push", "-q", "origin", "main");
  const here = { cwd: world.dir, env: {}, remote: "origin" };
  await voteProposal({ ...here, proposal: proposal.id, vote: "approve", note: "", key: world.keys["ada@example.org"]?.path });
  await pushProposal({ ...here, proposal: proposal.id });

  const other = clone(hub);
  const there = { cwd: other.dir, env: {}, remote: "origin" };
  const fetched = await fetchProposals(there);
  expect(fetched).toMatchObject({
    proposals: [{ proposal: proposal.id, branch: "new", received: [{ who: "ada@example.org", vote: "approve" }] }],
    refused: [],
  });
  expect(await approvalsIn(other, proposal.id)).toMatchObject({ state: "open", lacking: "another person with a key" });
  // Bob has no report of his own: he answers about the one that Ada signed.
  const taken = await voteProposal({ ...there, proposal: proposal.id, vote: "approve", note: "", key: world.keys["bob@example.org"]?.path });
  expect(taken.state).toBe("approved");
  await pushProposal({ ...there, proposal: proposal.id });

  const pushed = await pushProposal({ ...here, proposal: proposal.id });
  expect(pushed.received).toMatchObject([{ who: "bob@example.org" }]);
  expect(await approvalsIn(world, proposal.id)).toMatchObject({ state: "approved", problems: [] });
  expect(git(world.dir, "for-each-ref", "refs/agentctl/fetched")).toBe("");
  expect(await fetchProposals(here)).toMatchObject({ proposals: [{ branch: "same", received: [] }] });
});
