import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRepository } from "../../src/git/repository.ts";
import { approvalsRef } from "../../src/operations/approval-ref.ts";
import { verifyProposal, type VerifiedProposal } from "../../src/operations/verify-proposal.ts";
import { voteProposal } from "../../src/operations/vote-proposal.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { proposalWorld } from "../support/proposals.ts";
import { folder } from "../support/workspace.ts";

const plain = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", TMPDIR: folder() };

/** Somebody else's clone, as `git clone` makes it. */
function cloned(of: string): string {
  const dir = join(folder(), "clone");
  execFileSync("git", ["clone", "-q", of, dir], { env: plain, stdio: "pipe" });
  return dir;
}

/** What an auditor types, in a shell that has never heard of agentctl. */
function typed(dir: string, { commands }: VerifiedProposal): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync("sh", [], { cwd: dir, env: plain, input: `${(commands ?? []).join("\n")}\n`, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("an open one and a landed one are verified anywhere, by agentctl and by the commands that it prints", async () => {
  const world = proposalWorld();
  const here = { cwd: world.dir, env: {} };
  const proposal = await world.propose();
  const { digest } = await world.putReport(proposal);
  expect(await verifyProposal({ ...here, proposal: proposal.id })).toMatchObject({ verdict: "waits", reasons: ["it still needs a person"], votes: [] });
  await voteProposal({ ...here, proposal: proposal.id, vote: "approve", note: "read it", key: world.keys["ada@example.org"]?.path });
  const open = await verifyProposal({ ...here, proposal: proposal.id, explain: true });
  expect(open).toMatchObject({ verdict: "holds", gates: { digest }, votes: [{ who: "ada@example.org", by: "record", counts: true, note: "read it" }] });
  const auditor = cloned(world.dir);
  expect(typed(auditor, open)).toMatchObject({ status: 0, stdout: expect.stringContaining(`${proposal.id}: 1 signed`) });
  // The same commands about another tree end with an error.
  const other = { ...open, commands: (open.commands ?? []).map((line) => line.replaceAll(proposal.tree, "0".repeat(40))) };
  expect(typed(auditor, other).status).toBe(1);

  const repository = openRepository(findWorkspace(world.dir, {}));
  const main = world.git("rev-parse", "main");
  const message = `Land ${proposal.id}: A note\n\nIt was approved.\n\nProposal-Id: ${proposal.id}\n`;
  const author = { name: "agentctl", email: "agentctl@localhost" };
  const merge = await repository.commitTree({ tree: proposal.tree, parents: [main, proposal.head], message, author });
  world.git("update-ref", "refs/heads/main", merge);
  world.git("update-ref", "-d", proposal.ref);
  // Here and there; a fresh clone has no record, and no branch of it any more.
  const clone = cloned(world.dir);
  execFileSync("git", ["fetch", "-q", "origin", `${approvalsRef(proposal.id)}:${approvalsRef(proposal.id)}`], { cwd: clone, env: plain, stdio: "pipe" });
  const landed = await verifyProposal({ cwd: clone, env: {}, proposal: proposal.id, explain: true });
  expect(landed).toMatchObject({ verdict: "holds", landed: { commit: merge }, policy: main, votes: [{ by: "merge", counts: true }] });
  expect(typed(cloned(world.dir), landed)).toMatchObject({ status: 0, stderr: expect.not.stringContaining("fatal") });

  // Somebody who may push makes a merge of their own: more in it than was signed, and then at a time of their choice.
  const blob = world.git("hash-object", "-w", "policies/signers");
  const more = await repository.writeTree([
    ...(await repository.listTree(proposal.head)).map(({ path, mode, oid }) => ({ path, mode: mode as "100644", oid })),
    { path: "docs/more.md", mode: "100644" as const, oid: blob },
  ]);
  world.git("update-ref", "refs/heads/main", await repository.commitTree({ tree: more, parents: [main, proposal.head], message, author }));
  expect((await verifyProposal({ ...here, proposal: proposal.id })).reasons).toEqual([expect.stringMatching(/^the merge has the tree /)]);
  const raw = world.git("cat-file", "commit", merge).replaceAll(/> \d+ /g, "> 946684800 ");
  const early = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], {
    cwd: world.dir,
    env: plain,
    input: `${raw}\n`,
    encoding: "utf8",
  }).trim();
  world.git("update-ref", "refs/heads/main", early);
  expect(await verifyProposal({ cwd: world.dir, env: {}, proposal: proposal.id })).toMatchObject({
    verdict: "fails",
    reasons: expect.arrayContaining([expect.stringContaining("its time is not believed")]),
  });
});
