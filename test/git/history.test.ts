import { expect, test } from "vitest";
import { readCommit } from "../../src/git/history.ts";
import { openRepository, type Repository } from "../../src/git/repository.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

const open = (ws: TestWorkspace): Repository => openRepository(findWorkspace(ws.dir, {}));

test("a commit is read as git stores it", async () => {
  const ws = workspace({ a: "1" });
  const first = ws.git("rev-parse", "HEAD");
  ws.write({ b: "2" });
  ws.git("add", "-A");
  ws.git("commit", "-q", "--author", "Ann Ü <ann@example.org>", "--date", "2020-01-02T03:04:05Z", "-m", "title\n\nbody\n\nKey: value");
  const head = ws.git("rev-parse", "HEAD");
  const [commit, missing] = await open(ws).readCommits([head, "1".repeat(40)]);
  expect(commit).toMatchObject({
    oid: head,
    tree: ws.git("rev-parse", "HEAD^{tree}"),
    parents: [first],
    author: { name: "Ann Ü", email: "ann@example.org" },
    committedMs: Number(ws.git("log", "-1", "--format=%ct")) * 1000,
    message: "title\n\nbody\n\nKey: value\n",
    signed: false,
  });
  expect(missing).toBeUndefined();
});

test("a commit whose header was written by somebody is read by its own fields, and what has no tree is none", () => {
  const odd =
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor x <a@b> 1 +0000\ncommitter y <c@d> 5 +0000\ngpgsig x\n parent fake\n\ntree of words\n\nparent z\n";
  expect(readCommit("a", Buffer.from(odd))).toMatchObject({ parents: [], committedMs: 5000, signed: true, message: "tree of words\n\nparent z\n" });
  expect(() => readCommit("a", Buffer.from("author x <a@b> 1 +0000\n\nm"))).toThrow(/no commit/);
});

test("what differs is told path by path: contents, modes, links, submodules, odd names; renames are none", async () => {
  const ws = workspace({ "a/keep": "k", "a/change": "1", "a/go": "g", "a/mode": "m", "a/move": "some longer content that git would take for a rename\n" });
  const before = ws.git("rev-parse", "HEAD");
  ws.write({ "a/change": "2", "a/new\nline": "n", "b/moved": "some longer content that git would take for a rename\n" });
  ws.git("rm", "-q", "a/go", "a/move");
  ws.git("add", "-A");
  ws.git("update-index", "--chmod=+x", "a/mode");
  ws.git("update-index", "--add", "--cacheinfo", `120000,${ws.git("rev-parse", `${before}:a/keep`)},a/link`);
  ws.git("update-index", "--add", "--cacheinfo", `160000,${before},a/sub`);
  ws.git("commit", "-q", "-m", "more");
  const after = ws.git("rev-parse", "HEAD");
  const [changes, none, back] = await open(ws).treeChanges([
    [before, after],
    [after, after],
    [after, before],
  ]);
  expect(changes?.map(({ path, before: from, after: to }) => [path, from?.mode, to?.mode])).toEqual([
    ["a/change", "100644", "100644"],
    ["a/go", "100644", undefined],
    ["a/link", undefined, "120000"],
    ["a/mode", "100644", "100755"],
    ["a/move", "100644", undefined],
    ["a/new\nline", undefined, "100644"],
    ["a/sub", undefined, "160000"],
    ["b/moved", undefined, "100644"],
  ]);
  expect(none).toEqual([]);
  expect(back).toHaveLength(8);
});

test("a submodule stays what it is in a tree that is made anew", async () => {
  const ws = workspace({ a: "1" });
  const commit = ws.git("rev-parse", "HEAD");
  ws.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
  ws.git("commit", "-q", "-m", "sub");
  const repository = open(ws);
  const entries = await repository.listTree(ws.git("rev-parse", "HEAD"));
  const tree = await repository.writeTree(entries.map(({ path, mode, oid }) => ({ path, mode: mode as "100644", oid })));
  expect(tree).toBe(ws.git("rev-parse", "HEAD^{tree}"));
});

test("ancestors, and how often a path changed along the first parents", async () => {
  const ws = workspace({ "policies/a": "1", other: "1" });
  const first = ws.git("rev-parse", "HEAD");
  ws.git("checkout", "-q", "-b", "side");
  ws.write({ "policies/a": "2" });
  ws.commit("side 1");
  ws.write({ "policies/a": "3" });
  const side = ws.commit("side 2");
  ws.git("checkout", "-q", "main");
  ws.write({ other: "2" });
  ws.commit("other");
  ws.git("merge", "-q", "--no-ff", "-m", "merge", "side");
  const merged = ws.git("rev-parse", "HEAD");
  const repository = open(ws);
  expect(await repository.isAncestor(first, merged)).toBe(true);
  expect(await repository.isAncestor(side, merged)).toBe(true);
  expect(await repository.isAncestor(merged, first)).toBe(false);
  expect(await repository.countChanges(merged, "policies")).toBe(2);
  expect(await repository.countChanges(first, "policies")).toBe(1);
  await expect(repository.isAncestor("1".repeat(40), merged)).rejects.toThrow(/merge-base/);
});

test("refs move together or not at all", async () => {
  const ws = workspace({ a: "1" });
  const first = ws.git("rev-parse", "HEAD");
  ws.write({ a: "2" });
  const second = ws.commit("second");
  const repository = open(ws);
  await repository.updateRef("refs/agentctl/one", first, undefined);
  const steps = [
    { ref: "refs/agentctl/one", next: second, old: first },
    { ref: "refs/agentctl/two", next: second, old: first },
  ];
  await expect(repository.updateRefs(steps)).rejects.toMatchObject({ code: "git/ref-moved", details: { ref: "refs/agentctl/two" } });
  expect(await repository.readRef("refs/agentctl/one")).toBe(first);
  await repository.updateRefs([
    { ref: "refs/agentctl/one", next: undefined, old: first },
    { ref: "refs/agentctl/two", next: second, old: undefined },
  ]);
  expect(await repository.listRefs("refs/agentctl")).toEqual([{ ref: "refs/agentctl/two", oid: second }]);
});
