import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openRepository, type Repository } from "../../src/git/repository.ts";
import { commitTree, type NewTreeEntry } from "../../src/git/write.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const open = (ws: TestWorkspace): Repository => openRepository(findWorkspace(ws.dir, {}));
const author = { name: "Ann Ü", email: "ann@example.org" };

test("a commit made of blobs and trees is the one git would make, and touches neither index nor working tree", async () => {
  const ws = workspace({ a: "old" });
  const parent = ws.git("rev-parse", "HEAD");
  const repository = open(ws);
  const oid = await repository.writeBlob(Buffer.from([0, 255, 13, 10]));
  const tree = await repository.writeTree([
    { path: "deep/er/file.bin", mode: "100644", oid },
    { path: "deep/run.sh", mode: "100755", oid },
    { path: "deep-", mode: "100644", oid },
    { path: "deep.txt", mode: "100644", oid },
    { path: "link", mode: "120000", oid: await repository.writeBlob("deep.txt") },
  ]);
  const clock = { nowMs: () => Date.UTC(2024, 0, 2, 3, 4, 5), monotonicMs: () => 0 };
  const commit = await commitTree(repository, { tree, parents: [parent], message: "say\n\nmore\n", author }, clock);
  expect(ws.git("log", "-1", "--format=%an %ae %at %cn %P%n%B", commit)).toBe(`Ann Ü ann@example.org 1704164645 Ann Ü ${parent}\nsay\n\nmore`);
  expect(ws.git("ls-tree", "-r", "--name-only", commit)).toBe("deep-\ndeep.txt\ndeep/er/file.bin\ndeep/run.sh\nlink");
  expect(ws.git("fsck", "--strict")).toBe(`dangling commit ${commit}`);
  expect(ws.git("status", "--porcelain")).toBe("");
});

test("what is written as a tree is read back, whatever its shape", async () => {
  const ws = workspace({ a: "x" });
  const repository = open(ws);
  const name = fc.stringMatching(/^[a-z._-]{1,5}$/).filter((text) => !/^\.{1,2}$/.test(text) && !text.includes(".git"));
  const paths = fc.uniqueArray(
    fc.array(name, { minLength: 1, maxLength: 4 }).map((steps) => steps.join("/")),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(paths, async (found) => {
      const free = found.filter((path) => !found.some((other) => other.startsWith(`${path}/`)));
      const oid = await repository.writeBlob("x");
      const tree = await repository.writeTree(free.map((path): NewTreeEntry => ({ path, mode: "100644", oid })));
      expect((await repository.listTree(tree)).map((entry) => entry.path).toSorted()).toEqual(free.toSorted());
    }),
    { numRuns: 12 },
  );
});

test.each(["sha1", "sha256"])("many blobs and folders are written in one process each, in a repository of %s", async (format) => {
  const dir = folder();
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: dir, encoding: "utf8" }).trim();
  git("init", "-q", "-b", "main", `--object-format=${format}`);
  const repository = openRepository({ root: dir, gitDir: join(dir, ".git") });
  const texts = ["", "a\r\n", Buffer.from([0, 255, 10]), "ü"];
  const oids = await repository.writeBlobs(texts);
  expect(oids.map((oid) => execFileSync("git", ["cat-file", "blob", oid], { cwd: dir }))).toEqual(texts.map((text) => Buffer.from(text)));
  expect([await repository.writeBlobs([]), await repository.writeBlobs(["ü"])]).toEqual([[], oids.slice(3)]);
  const tree = await repository.writeTree(oids.map((oid, index) => ({ path: `a/${"b/".repeat(index)}ü.md`, mode: "100644", oid })));
  expect((await repository.listTree(tree)).map(({ oid }) => oid).toSorted()).toEqual(oids.toSorted());
  await expect(repository.writeTree([{ path: "x/y", mode: "100644", oid: "1".repeat(tree.length) }])).rejects.toMatchObject({ code: "git/failed" });
});

test("a path twice, and a file that is a folder too, are refused", async () => {
  const repository = open(workspace({ a: "x" }));
  const oid = await repository.writeBlob("x");
  await expect(
    repository.writeTree([
      { path: "a", mode: "100644", oid },
      { path: "a", mode: "100644", oid },
    ]),
  ).rejects.toThrow(/stands twice/);
  await expect(
    repository.writeTree([
      { path: "a", mode: "100644", oid },
      { path: "a/b", mode: "100644", oid },
    ]),
  ).rejects.toThrow(/both a file and a folder/);
});

test("an author that would break the commit's header is refused", async () => {
  const repository = open(workspace({ a: "x" }));
  const tree = await repository.writeTree([]);
  for (const name of ["a <b>", "a\nparent x", " "]) {
    await expect(repository.commitTree({ tree, parents: [], message: "m", author: { name, email: "a@b" } })).rejects.toMatchObject({ code: "git/bad-name" });
  }
});

test("refs move by compare-and-swap", async () => {
  const ws = workspace({ a: "x" });
  const first = ws.git("rev-parse", "HEAD");
  const second = ws.commit("second");
  const repository = open(ws);
  const ref = "refs/agentctl/audit";
  const moved = { code: "git/ref-moved" };
  expect(await repository.readRef(ref)).toBeUndefined();
  await repository.updateRef(ref, first, undefined);
  await expect(repository.updateRef(ref, second, undefined)).rejects.toMatchObject(moved);
  await expect(repository.updateRef(ref, second, second)).rejects.toMatchObject(moved);
  expect(await repository.readRef(ref)).toBe(first);
  await repository.updateRef(ref, second, first);
  expect(await repository.listRefs("refs/agentctl")).toEqual([{ ref, oid: second }]);
  await expect(repository.updateRef(ref, undefined, first)).rejects.toMatchObject(moved);
  await repository.updateRef(ref, undefined, second);
  expect(await repository.readRef(ref)).toBeUndefined();
  const other = "refs/agentctl/other";
  const besides = { ref: other, next: first, old: undefined };
  await repository.updateRefs([{ ref, next: undefined, old: undefined }, besides]);
  await repository.updateRef(ref, first, undefined);
  await repository.updateRef(other, undefined, first);
  await expect(repository.updateRefs([{ ref, next: undefined, old: undefined }, besides])).rejects.toMatchObject(moved);
  expect(await repository.listRefs("refs/agentctl")).toEqual([{ ref, oid: first }]);
});

test("of many that move a ref at once, one does", async () => {
  const ws = workspace({ a: "x" });
  const first = ws.git("rev-parse", "HEAD");
  const repository = open(ws);
  const tree = ws.git("rev-parse", "HEAD^{tree}");
  const commits = await Promise.all([1, 2, 3, 4].map((n) => repository.commitTree({ tree, parents: [first], message: `${n}`, author })));
  const ends = await Promise.allSettled(commits.map((commit) => repository.updateRef("refs/heads/main", commit, first)));
  expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
  expect(ws.git("rev-parse", "HEAD")).toBe(commits[ends.findIndex((end) => end.status === "fulfilled")]);
});
