import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRepository } from "../../src/git/repository.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const open = (ws: Pick<TestWorkspace, "dir">): ReturnType<typeof openRepository> => openRepository(findWorkspace(ws.dir, {}));

test.each([{ format: "sha1" }, { format: "sha256" }])("reads a repository of $format", async ({ format }) => {
  const ws = workspace({ "policies/a/policy.yaml": "é\r\n", "policies/b.yaml": "", "x y/ü.txt": "x" }, { initArgs: [`--object-format=${format}`] });
  const repository = open(ws);
  const commit = ws.git("rev-parse", "HEAD");
  expect(commit).toHaveLength(format === "sha1" ? 40 : 64);
  expect(await repository.head()).toEqual({ commit, branch: "main" });
  expect(await repository.resolveAll(["main", "HEAD", commit.slice(0, 8), "nowhere", "HEAD~1"])).toEqual([commit, commit, commit, undefined, undefined]);
  expect(await repository.readFiles(commit, "policies")).toEqual([
    { path: "policies/a/policy.yaml", text: "é\r\n" },
    { path: "policies/b.yaml", text: "" },
  ]);
  expect((await repository.listTree(commit)).map(({ path, mode, bytes }) => ({ path, mode, bytes }))).toEqual([
    { path: "policies/a/policy.yaml", mode: "100644", bytes: 4 },
    { path: "policies/b.yaml", mode: "100644", bytes: 0 },
    { path: "x y/ü.txt", mode: "100644", bytes: 1 },
  ]);
  expect(await repository.readPath(commit, "x y/ü.txt")).toEqual(Buffer.from("x"));
  expect(await repository.readPath(commit, "policies")).toBeUndefined();
  expect(await repository.readPath(commit, "nothing")).toBeUndefined();
  expect(await repository.readTree(commit, "missing")).toEqual([]);
  expect(await repository.status()).toEqual([]);
});

test("a file of the first revision comes with the commits, in one process", async () => {
  const ws = workspace({ "agentctl.yaml": "profile: small\n", "folder/a": "x" });
  const commit = ws.git("rev-parse", "HEAD");
  const repository = open(ws);
  const read = async (revision: string, path: string): Promise<unknown> => {
    const { file, ...rest } = await repository.resolveAllWith([revision, "refs/heads/none"], path);
    return { ...rest, text: file && Buffer.from(file).toString("utf8") };
  };
  const commits = [commit, undefined];
  expect(await read("refs/heads/main", "agentctl.yaml")).toEqual({ commits, text: "profile: small\n", moved: false });
  expect(await read("refs/heads/main", "nowhere")).toEqual({ commits, text: undefined, moved: false });
  expect(await read("refs/heads/main", "folder")).toEqual({ commits, text: undefined, moved: false });
  expect(await read("refs/heads/nowhere", "agentctl.yaml")).toEqual({ commits: [undefined, undefined], text: undefined, moved: false });
});

test("bytes come back as they went in", async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  const ws = workspace({ "a.bin": bytes, "b.bin": Buffer.from("\n\nfoo missing\n") });
  const repository = open(ws);
  const files = await repository.readTree(ws.git("rev-parse", "HEAD"));
  expect(files.map((file) => Buffer.from(file.data).equals(file.path === "a.bin" ? bytes : Buffer.from("\n\nfoo missing\n")))).toEqual([true, true]);
  await expect(repository.readFiles(ws.git("rev-parse", "HEAD"))).rejects.toMatchObject({ code: "git/not-text" });
});

test("documents above 1 MiB are refused by name", async () => {
  const ws = workspace({ "policies/big.yaml": "x".repeat(1024 * 1024 + 1) });
  await expect(open(ws).readFiles(ws.git("rev-parse", "HEAD"))).rejects.toMatchObject({
    code: "git/too-large",
    message: /policies\/big\.yaml has 1048577 bytes/,
  });
});

test("no commits: a branch without a commit", async () => {
  const ws = workspace({ a: "x" }, { commit: false });
  const repository = open(ws);
  expect(await repository.head()).toEqual({ commit: undefined, branch: "main" });
  expect(await repository.resolve("HEAD")).toBeUndefined();
  expect(await repository.firstCommit()).toBeUndefined();
  expect(await repository.listRefs("refs/heads")).toEqual([]);
  expect(await repository.status()).toEqual([{ path: "a", change: "added" }]);
});

test("detached head: a commit without a branch", async () => {
  const ws = workspace({ a: "x" });
  ws.git("checkout", "-q", "--detach");
  expect(await open(ws).head()).toEqual({ commit: ws.git("rev-parse", "HEAD"), branch: undefined });
});

test("a worktree has its own head and shares refs and state", async () => {
  const ws = workspace({ a: "x" });
  const other = join(folder(), "w t");
  ws.git("worktree", "add", "-q", "-b", "side", other);
  const found = findWorkspace(join(other), {});
  expect(found).toEqual({
    root: other,
    gitDir: join(ws.dir, ".git", "worktrees", "w-t"),
    commonDir: join(ws.dir, ".git"),
    stateDir: join(ws.dir, ".git", "agentctl"),
  });
  const repository = openRepository(found);
  expect(await repository.head()).toEqual({ commit: ws.git("rev-parse", "HEAD"), branch: "side" });
  expect(await repository.readRef("refs/heads/main")).toBe(ws.git("rev-parse", "HEAD"));
});

test("a submodule is an entry that is not read", async () => {
  const inner = workspace({ b: "y" });
  const ws = workspace({ a: "x" });
  ws.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", inner.dir, "sub");
  const commit = ws.commit();
  const repository = open(ws);
  expect((await repository.listTree(commit)).find((entry) => entry.path === "sub")).toMatchObject({ mode: "160000", bytes: 0 });
  expect((await repository.readTree(commit)).map((file) => file.path)).toEqual([".gitmodules", "a"]);
  expect(await repository.status()).toEqual([]);
  expect(findWorkspace(join(ws.dir, "sub"), {})).toMatchObject({ root: join(ws.dir, "sub"), commonDir: join(ws.dir, ".git", "modules", "sub") });
});

test("the first commit names the repository; a shallow clone cannot know it", async () => {
  const ws = workspace({ a: "x" });
  const first = ws.git("rev-parse", "HEAD");
  ws.commit("second");
  expect(await open(ws).firstCommit()).toBe(first);
  const clone = folder();
  ws.git("clone", "-q", "--depth=1", `file://${ws.dir}`, clone);
  await expect(open({ dir: clone }).firstCommit()).rejects.toMatchObject({ code: "git/shallow", hint: "git fetch --unshallow" });
});

test("missing objects are named, not passed over", async () => {
  const ws = workspace({ a: "x" });
  const blob = ws.git("rev-parse", "HEAD:a");
  const commit = ws.git("rev-parse", "HEAD");
  rmSync(join(ws.dir, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
  await expect(open(ws).readTree(commit)).rejects.toThrow(/a of \w{10} is missing|could not get object info|ls-tree/);
  await expect(open(ws).readBlob(blob)).rejects.toMatchObject({ code: "git/missing-object" });
});

test("a broken configuration file is git's to say, ours to word", async () => {
  const ws = workspace({ a: "x" });
  ws.write({ ".git/config": "[core\n" });
  await expect(open(ws).head()).rejects.toMatchObject({ code: "git/failed", hint: "mend .git/config", message: /bad config line 1/ });
});
