import { expect, test } from "vitest";
import { openRepository } from "../../src/git/repository.ts";
import { protectedCommit, type Authority } from "../../src/workspace/authority.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

async function authority(ws: Pick<TestWorkspace, "dir">, env: NodeJS.ProcessEnv = {}): Promise<Authority> {
  const found = findWorkspace(ws.dir, env);
  return await protectedCommit(openRepository(found), loadConfig(found.root, env));
}

test("main is the authority wherever HEAD stands", async () => {
  const ws = workspace({ a: "x" });
  const commit = ws.git("rev-parse", "HEAD");
  ws.git("checkout", "-q", "-b", "feature");
  ws.commit("on the branch");
  expect(await authority(ws)).toEqual({ commit, ref: "refs/heads/main", because: "usual" });
  ws.git("checkout", "-q", "--detach");
  expect(await authority(ws)).toEqual({ commit, ref: "refs/heads/main", because: "usual" });
});

test("master serves where there is no main, HEAD where there is neither", async () => {
  const ws = workspace({ a: "x" });
  const commit = ws.git("rev-parse", "HEAD");
  ws.git("branch", "-m", "trunk");
  expect(await authority(ws)).toEqual({ commit, ref: "HEAD", because: "head" });
  ws.git("branch", "master");
  ws.commit("later");
  expect(await authority(ws)).toEqual({ commit, ref: "refs/heads/master", because: "usual" });
});

test("a tag named main is not the branch", async () => {
  const ws = workspace({ a: "x" });
  const commit = ws.git("rev-parse", "HEAD");
  ws.git("checkout", "-q", "-b", "evil");
  ws.commit("evil");
  ws.git("tag", "main");
  expect((await authority(ws)).commit).toBe(commit);
});

test("a clone that has no main of its own uses the remote's, as in a checkout of a pull request", async () => {
  const ws = workspace({ a: "x" });
  const base = ws.git("rev-parse", "HEAD");
  ws.git("checkout", "-q", "-b", "pull");
  ws.commit("of the pull request");
  const clone = folder();
  ws.git("clone", "-q", "--branch", "pull", `file://${ws.dir}`, clone);
  expect(await authority({ dir: clone })).toEqual({ commit: base, ref: "refs/remotes/origin/main", because: "usual" });
});

test("the configuration is that of the commit, also when the branch moves while both are read", async () => {
  const ws = workspace({ "agentctl.yaml": "profile: small\n" });
  const commit = ws.git("rev-parse", "HEAD");
  ws.git("branch", "release");
  const found = findWorkspace(ws.dir, {});
  const repository = openRepository(found);
  const moving = {
    head: () => repository.head(),
    resolveAll: (revisions: readonly string[]) => repository.resolveAll(revisions),
    readPath: (of: string, path: string) => repository.readPath(of, path),
    async resolveAllWith(revisions: readonly [string, ...string[]], path: string) {
      const before = await repository.resolveAllWith(revisions, path);
      return { ...before, file: new TextEncoder().encode("authority: { branch: release }\n"), moved: true };
    },
  };
  expect(await protectedCommit(moving, loadConfig(found.root, {}))).toEqual({ commit, ref: "refs/heads/main", because: "usual" });
});

test("the committed file may name another branch; the file on disk has no say", async () => {
  const ws = workspace({ "agentctl.yaml": "authority:\n  branch: release\n" });
  ws.git("checkout", "-q", "-b", "release");
  const release = ws.commit("release");
  ws.git("checkout", "-q", "-b", "evil");
  ws.write({ "agentctl.yaml": "authority:\n  branch: evil\n" });
  ws.commit("evil");
  expect(await authority(ws)).toEqual({ commit: release, ref: "refs/heads/release", because: "configured" });
});

test("the operator's environment names it before everything", async () => {
  const ws = workspace({ a: "x" });
  ws.git("checkout", "-q", "-b", "ops");
  const commit = ws.commit("ops");
  expect(await authority(ws, { AGENTCTL_AUTHORITY_BRANCH: "ops" })).toEqual({ commit, ref: "refs/heads/ops", because: "configured" });
  await expect(authority(ws, { AGENTCTL_AUTHORITY_BRANCH: "gone" })).rejects.toMatchObject({
    code: "workspace/no-authority",
    message: 'AGENTCTL_AUTHORITY_BRANCH names the branch "gone" as authority, and there is none of that name',
  });
});

test("no commits: the way to the first one", async () => {
  const ws = workspace({ a: "x" }, { commit: false });
  await expect(authority(ws)).rejects.toMatchObject({ code: "workspace/no-commit", hint: 'git add -A && git commit -m "agentctl workspace"' });
});

test("a committed file that cannot be read decides nothing", async () => {
  const ws = workspace({ "agentctl.yaml": "a: 1\na: 2\n" });
  ws.write({ "agentctl.yaml": "" });
  await expect(authority(ws)).rejects.toMatchObject({
    code: "base/bad-document",
    message: /:agentctl\.yaml:2:1 {2}the key "a" stands twice/,
    hint: /^mend agentctl\.yaml and commit it/,
  });
});
