import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fetchProposals } from "../../src/operations/fetch-proposals.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { proposalApprovals } from "../../src/operations/proposal-approvals.ts";
import { pushProposal } from "../../src/operations/push-proposal.ts";
import { voteProposal } from "../../src/operations/vote-proposal.ts";
import { findProposal } from "../../src/operations/find-proposal.ts";
import { openRepository } from "../../src/git/repository.ts";
import { ensureStateDir, findWorkspace } from "../../src/workspace/find.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
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

test("what a hostile remote has is refused by name, ours stays, and no program that a configuration names ever runs", async () => {
  const world = proposalWorld();
  const { dir } = world;
  const proposal = await world.propose();
  const other = await world.propose({ title: "Another note", contents: [{ path: "docs/other.md", data: Buffer.from("# Other\n") }] });
  const hub = folder();
  git(hub, "init", "-q", "--bare", "-b", "main");
  world.git("push", "-q", hub, "main", `${other.head}:refs/heads/agentctl/${other.id}`);
  world.git("update-ref", "-d", other.ref);
  const head = git(hub, "rev-parse", other.ref);
  // Names made of options, an id that another commit uses, approvals that are a blob, a tag and a branch that nobody asked for.
  for (const ref of [
    "refs/heads/agentctl/--upload-pack=x",
    "refs/heads/agentctl/p-aaaaaaaaaa",
    `refs/heads/agentctl/${proposal.id}`,
    "refs/tags/agentctl/v1",
    "refs/heads/elsewhere",
  ])
    git(hub, "update-ref", ref, head);
  git(hub, "update-ref", `refs/agentctl/approvals/${other.id}`, git(hub, "rev-parse", "main:policies/signers"));
  const marker = join(folder(), "marker");
  const program = join(folder(), "program");
  writeFileSync(program, `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  for (const at of [join(dir, ".git"), hub]) {
    for (const [key, value] of [
      ["gpg.ssh.program", program],
      ["gpg.program", program],
      ["core.fsmonitor", program],
      ["core.sshCommand", program],
      ["credential.helper", `!${program}`],
      ["uploadpack.packObjectsHook", program],
    ] as const)
      git(at, "config", key, value);
    mkdirSync(join(at, "hooks"), { recursive: true });
    for (const hook of ["reference-transaction", "pre-push", "post-update", "update"])
      writeFileSync(join(at, "hooks", hook), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  }
  git(dir, "config", "remote.origin.url", hub);
  git(dir, "config", "remote.origin.uploadpack", program);
  git(dir, "config", "remote.origin.fetch", "+refs/*:refs/*");

  const fetched = await fetchProposals({ cwd: dir, env: {}, remote: "origin" });
  const refused = fetched.refused.map(({ ref, why }) => `${ref} ${why}`);
  expect(refused).toHaveLength(3);
  expect(refused).toEqual(
    expect.arrayContaining([
      "refs/heads/agentctl/--upload-pack=x its name is no id of a proposal",
      expect.stringMatching(/^refs\/heads\/agentctl\/p-aaaaaaaaaa .* its message says p-/),
      expect.stringContaining(`refs/heads/agentctl/${proposal.id} `),
    ]),
  );
  expect(fetched.proposals).toMatchObject([{ proposal: other.id, branch: "new", problems: ["the ref of the approvals points to no commit"] }]);
  expect(git(dir, "rev-parse", proposal.ref)).toBe(proposal.head);
  expect(git(dir, "for-each-ref", "--format=%(refname)").split("\n").toSorted()).toEqual(["refs/heads/main", proposal.ref, other.ref].toSorted());
  await expect(fetchProposals({ cwd: dir, env: {}, remote: "--upload-pack=x" })).rejects.toMatchObject({ code: "git/bad-url" });
  await expect(fetchProposals({ cwd: dir, env: {}, remote: "origin", proposal: "--all" })).rejects.toMatchObject({ code: "proposal/bad-id" });
  const bundle = join(folder(), "x.bundle");
  world.git("bundle", "create", "-q", bundle, "main");
  await expect(fetchProposals({ cwd: dir, env: {}, remote: bundle })).rejects.toMatchObject({ code: "git/bad-url" });
  await world.putReport(proposal);
  await voteProposal({ cwd: dir, env: {}, proposal: proposal.id, vote: "approve", note: "", key: world.keys["ada@example.org"]?.path });
  expect(await approvalsIn(world, proposal.id)).toMatchObject({ state: "approved" });
  expect(existsSync(marker)).toBe(false);
});
