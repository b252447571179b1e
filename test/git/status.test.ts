import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { blobOid } from "../../src/git/hash.ts";
import { openRepository } from "../../src/git/repository.ts";
import type { FileChange, StatusOptions } from "../../src/git/status.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { folder, workspace, type TestWorkspace } from "../support/workspace.ts";

const statusOf = (ws: TestWorkspace, options?: StatusOptions): Promise<FileChange[]> => openRepository(findWorkspace(ws.dir, {})).status(options);

test("tells added, changed and deleted, staged or not", async () => {
  const ws = workspace({ "a/same": "1", "a/changed": "1", "a/gone": "1", "a/staged": "1" });
  ws.write({ "a/changed": "2", "a/new": "", "b/staged-new": "x", "a/staged": "2" });
  rmSync(join(ws.dir, "a/gone"));
  ws.git("add", "a/staged", "b/staged-new");
  expect(await statusOf(ws)).toEqual([
    { path: "a/changed", change: "changed" },
    { path: "a/gone", change: "deleted" },
    { path: "a/new", change: "added" },
    { path: "a/staged", change: "changed" },
    { path: "b/staged-new", change: "added" },
  ]);
  expect(await statusOf(ws, { prefix: "b" })).toEqual([{ path: "b/staged-new", change: "added" }]);
  expect(await statusOf(ws, { prefix: "c" })).toEqual([]);
  expect((await statusOf(ws, { prefix: ["b", "a/", "c"] })).map(({ path }) => path)).toEqual(["a/changed", "a/gone", "a/new", "a/staged", "b/staged-new"]);
});

test("ignored files are counted where they could run", async () => {
  const ws = workspace({ ".gitignore": "*.tmp\n", "skills/s/SKILL.md": "x" });
  ws.write({ "skills/s/evil.tmp": "x" });
  expect(await statusOf(ws)).toEqual([]);
  expect(await statusOf(ws, { prefix: "skills", ignored: true })).toEqual([{ path: "skills/s/evil.tmp", change: "added" }]);
});

test("raw bytes count: a line-ending rule hides nothing", async () => {
  const ws = workspace({ ".gitattributes": "* text=auto eol=lf\n", a: "x\ny\n" });
  ws.write({ a: "x\r\ny\r\n" });
  expect(ws.git("diff", "--stat")).toBe("");
  expect(await statusOf(ws)).toEqual([{ path: "a", change: "changed" }]);
});

test("links are compared by their target, and nothing is read behind one", async () => {
  const ws = workspace({ "room/file": "x", "other/file": "x" });
  symlinkSync("file", join(ws.dir, "room/link"));
  ws.commit();
  expect(await statusOf(ws)).toEqual([]);
  rmSync(join(ws.dir, "room/link"));
  symlinkSync("/etc/passwd", join(ws.dir, "room/link"));
  expect(await statusOf(ws)).toEqual([{ path: "room/link", change: "changed" }]);
  rmSync(join(ws.dir, "room"), { recursive: true });
  symlinkSync("other", join(ws.dir, "room"));
  expect(await statusOf(ws, { prefix: "room" })).toEqual([
    { path: "room", change: "added" },
    { path: "room/file", change: "deleted" },
    { path: "room/link", change: "deleted" },
  ]);
});

test("a folder in place of a file, a file in place of a folder", async () => {
  const ws = workspace({ file: "x", "folder/inner": "x" });
  rmSync(join(ws.dir, "file"));
  mkdirSync(join(ws.dir, "file"));
  renameSync(join(ws.dir, "folder/inner"), join(ws.dir, "inner"));
  rmSync(join(ws.dir, "folder"), { recursive: true });
  ws.write({ folder: "x" });
  const changes = await statusOf(ws);
  expect(changes).toContainEqual({ path: "file", change: "changed" });
  expect(changes).toContainEqual({ path: "folder/inner", change: "deleted" });
  expect(changes).toContainEqual({ path: "inner", change: "added" });
});

test("a large file is compared to its last byte", async () => {
  const large = Buffer.alloc(5 * 1024 * 1024, "x");
  const ws = workspace({ large });
  expect(await statusOf(ws)).toEqual([]);
  large[large.length - 1] = 0;
  ws.write({ large });
  expect(await statusOf(ws)).toEqual([{ path: "large", change: "changed" }]);
});

test("modes are not compared", async () => {
  const ws = workspace({ a: "x" });
  chmodSync(join(ws.dir, "a"), 0o755);
  expect(await statusOf(ws)).toEqual([]);
});

test("compares with any commit", async () => {
  const ws = workspace({ a: "1" });
  const first = ws.git("rev-parse", "HEAD");
  ws.write({ a: "2" });
  ws.commit();
  expect(await statusOf(ws, { commit: first })).toEqual([{ path: "a", change: "changed" }]);
});

test("names blobs as git does", () => {
  const dir = folder();
  const plain = workspace({}, { dir: join(dir, "1") });
  const long = workspace({}, { dir: join(dir, "2"), initArgs: ["--object-format=sha256"] });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      plain.write({ x: data });
      long.write({ x: data });
      expect(blobOid(data, 40)).toBe(plain.git("hash-object", "--no-filters", "x"));
      expect(blobOid(data, 64)).toBe(long.git("hash-object", "--no-filters", "x"));
    }),
    { numRuns: 15 },
  );
});
