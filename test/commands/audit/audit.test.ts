import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { recordedRun } from "../../support/recorded-run.ts";
import { folder, workspace } from "../../support/workspace.ts";

function key(): { path: string; publicKey: string } {
  const path = join(folder(), "id");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path]);
  return { path, publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

test("a checkpoint is signed, chained, pushed, and holds the runs it names", async () => {
  const { path, publicKey } = key();
  const { dir, git } = workspace({ "policies/signers": `ada@example.org namespaces="agentctl-checkpoint-v1" ${publicKey}\n` });
  const bare = folder();
  git("init", "-q", "--bare", bare);
  const state = await recordedRun(dir);
  const first = await cli(dir, ["audit", "checkpoint", "--key", path, "--push", bare]);
  expect(first.stdout).toMatch(/^anchored {2}1 run in refs\/agentctl\/audit [0-9a-f]{10}\n$/);
  const commit = git("rev-parse", "refs/agentctl/audit");
  expect(git("--git-dir", bare, "rev-parse", "refs/agentctl/audit")).toBe(commit);
  const text = git("show", `${commit}:checkpoint`);
  expect(text.split("\n").map((line) => line.split(" ")[0])).toEqual(["agentctl-checkpoint-v1", "origin", "time", "size", "root", "", "r-abc1"]);
  expect(text).toContain(`origin ${git("rev-parse", "HEAD")}`);

  const verified = await cli(dir, ["audit", "verify"]);
  expect(verified.stdout).toBe("verified  1 run · 4 records · 1 bodies and artifacts\n");
  expect(verified.stderr).toMatch(/1 run at .* {2}signed by ada@example\.org \(SHA256:/);

  await state.whole("r-next");
  await cli(dir, ["audit", "checkpoint", "--key", path]);
  expect(git("rev-parse", "refs/agentctl/audit^")).toBe(commit);

  // Whoever owns the machine removes a run from journal and ledger alike: only the checkpoint still knows.
  state.ledger.db.exec("DELETE FROM heads WHERE run = 'r-next'; DELETE FROM runs WHERE run = 'r-next'");
  rmSync(join(dir, ".git/agentctl/journal/r-next.jsonl"));
  const { stdout } = await cli(dir, ["audit", "verify"], { expectExit: 7 });
  expect(stdout).toContain("fault  missing-file  journal/r-next.jsonl  the journal is missing; it had records 0 to 5");
  expect((await cli(dir, ["audit", "checkpoint", "--key", path], { expectExit: 7 })).stderr).toContain("the record has 1 fault,");
});

test("a checkpoint whose push fails is made all the same, and both are said; elsewhere it is said where the record is", async () => {
  const { dir, git } = workspace({ "a.txt": "a" });
  await recordedRun(dir);
  const { stderr } = await cli(dir, ["audit", "checkpoint", "--key", key().path, "--push", "nowhere"], { expectExit: 2 });
  const commit = git("rev-parse", "refs/agentctl/audit").slice(0, 10);
  expect(stderr).toBe(
    `error  there is no remote named nowhere; the checkpoint ${commit} is made here, and is not pushed\nmend   git remote add nowhere <url>\n`,
  );
  const clone = join(folder(), "clone");
  git("clone", "-q", dir, clone);
  git("-C", clone, "fetch", "-q", "origin", "refs/agentctl/audit:refs/agentctl/audit");
  const there = await cli(clone, ["audit", "verify"], { expectExit: 7 });
  expect(there.stdout).toMatch(/^fault {2}missing-file .*\n1 fault {2}0 runs/);
  expect(there.stderr).toContain("note   no run of the checkpoint is here; the record stays where it was made");
});

test("a record that was rewritten together with the ledger does not match the checkpoint", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = await recordedRun(dir);
  const unsigned = await cli(dir, ["audit", "checkpoint"], { env: { HOME: folder(), XDG_CONFIG_HOME: undefined } });
  expect(unsigned.stderr).toContain("not signed");
  state.ledger.close();
  for (const name of ["ledger.db", "ledger.db-wal", "ledger.db-shm"]) rmSync(join(dir, ".git/agentctl", name), { force: true });
  rmSync(join(dir, ".git/agentctl/journal"), { recursive: true });
  await recordedRun(dir, "r-abc1", "denied");
  const { stdout } = await cli(dir, ["audit", "verify"], { expectExit: 7 });
  expect(stdout).toContain("fault  checkpoint  journal/r-abc1.jsonl  record 3 is not the one that the checkpoint names");
});

test("a signature by somebody who is not listed, and one that does not fit", async () => {
  const { dir, git } = workspace({ "policies/signers": `eve@example.org namespaces="another-purpose" ${key().publicKey}\n` });
  await recordedRun(dir);
  await cli(dir, ["audit", "checkpoint", "--key", key().path]);
  expect((await cli(dir, ["audit", "verify"])).stderr).toMatch(
    /signed by a key that policies\/signers does not list \(SHA256:\S+\)\nmend {3}.*policies\/signers and commit it: {2}<name> namespaces="agentctl-checkpoint-v1" <public key>\n/,
  );
  const old = git("rev-parse", "refs/agentctl/audit");
  const text = `${git("show", `${old}:checkpoint`)}\n`.replace(/^time .*$/m, "time 2020-01-01T00:00:00.000Z");
  writeFileSync(join(dir, "checkpoint"), text);
  const tree = execFileSync("git", ["mktree"], {
    cwd: dir,
    input: `100644 blob ${git("hash-object", "-w", "checkpoint")}\tcheckpoint\n100644 blob ${git("rev-parse", `${old}:checkpoint.sig`)}\tcheckpoint.sig\n`,
    encoding: "utf8",
  }).trim();
  git("update-ref", "refs/agentctl/audit", git("commit-tree", "-p", old, "-m", "forged", tree));
  const { stdout } = await cli(dir, ["audit", "verify"], { expectExit: 7 });
  expect(stdout).toMatch(/^fault {2}checkpoint {2}refs\/agentctl\/audit@[0-9a-f]{10} {2}its signature does not fit its text\n/);
});

test("without a checkpoint it is said what cannot be known, and a planted name cannot act on the terminal", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  await recordedRun(dir);
  expect((await cli(dir, ["audit", "verify"])).stderr).toMatch(/^anchor none: who can write the state folder could change journals and ledger together/);
  writeFileSync(join(dir, ".git/agentctl/journal/\u001b[2J"), "");
  const { stdout } = await cli(dir, ["audit", "verify"], { expectExit: 7 });
  expect(stdout).toMatch(/^fault {2}unknown-file {2}journal\/«U\+001B»\[2J {2}/);
});

test("verification of one run, and of a run nobody knows", async () => {
  const { dir } = workspace({ "a.txt": "a" });
  const state = await recordedRun(dir);
  await state.whole("r-two2");
  writeFileSync(join(dir, ".git/agentctl/journal/r-two2.jsonl"), "");
  expect((await cli(dir, ["audit", "verify", "r-abc1"])).stdout).toBe("verified  1 run · 4 records · 1 bodies and artifacts\n");
  expect((await cli(dir, ["audit", "verify", "--json"], { expectExit: 7 })).json()).toMatchObject({
    verified: false,
    faults: [{ kind: "tail-cut", file: "journal/r-two2.jsonl", seq: 0 }],
  });
  await cli(dir, ["audit", "verify", "r-nobody"], { expectExit: 2 });
});
