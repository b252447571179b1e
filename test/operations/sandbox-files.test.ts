import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { givenFiles, restoredFiles } from "../../src/operations/sandbox-files.ts";
import { readAnswer, toolJob } from "../../src/operations/sandbox-tools.ts";
import { watchScratch } from "../../src/operations/sandbox-watch.ts";
import type { SandboxJob } from "../../src/operations/sandbox.ts";
import type { JobResult } from "../../src/runner/job.ts";
import { writeBlob } from "../../src/trace/blobs.ts";
import { folder } from "../support/workspace.ts";

test("given files lie below input/, by plain names, each once", () => {
  const path = join(folder(), "a");
  writeFileSync(path, "12345");
  expect(
    givenFiles([
      { name: "a.csv", path },
      { name: "b/c.txt", data: "x" },
    ]).map(({ path, bytes }) => [path, bytes]),
  ).toEqual([
    ["input/a.csv", 5],
    ["input/b/c.txt", 1],
  ]);
  for (const name of ["../a", "/a", ".", "", "a//b", "a\0", "x".repeat(300)]) {
    expect(() => givenFiles([{ name, data: "" }])).toThrow(expect.objectContaining({ code: "sandbox/bad-file-name" }));
  }
  expect(() =>
    givenFiles([
      { name: "a", data: "" },
      { name: "a", data: "" },
    ]),
  ).toThrow(/two files are given as input\/a/);
});

test("what is restored is the last state of each file; what cannot be had, or would lie elsewhere, is named", () => {
  const stateDir = folder();
  const [one, two] = [writeBlob(stateDir, "one"), writeBlob(stateDir, "two")];
  const given = givenFiles([{ name: "a", data: "given" }]);
  const changes = [
    { path: "scratch/x", ...one },
    { path: "scratch/x", ...two },
    { path: "scratch/gone", ...one },
    { path: "scratch/gone", removed: true },
    { path: "scratch/large", bytes: 9_000_000 },
    { path: "scratch/lost", sha256: "a".repeat(64) },
    { path: "scratch/x/below", ...one },
    { path: "scratch/input/a", ...one },
    { path: "src/x", ...one },
    { path: "scratch/../x", ...one },
    { path: "scratch/blob", sha256: "../../etc/passwd" },
  ];
  const { files, missing } = restoredFiles(stateDir, changes, given);
  expect(files.map(({ path, data }) => [path, Buffer.from(data as Uint8Array).toString()])).toEqual([["x", "two"]]);
  expect(missing.toSorted()).toEqual(["scratch/../x", "scratch/blob", "scratch/large", "scratch/lost", "scratch/x/below", "src/x"]);
});

const ended = (stdout: string, more: Partial<JobResult> = {}) => ({
  outcome: "ok" as const,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from("trace\nlast words"),
  detail: undefined,
  ...more,
});

test("an answer is read for what it is; anything else is a failure in words", () => {
  expect(readAnswer(ended('{"ok":true,"text":"x"}'))).toEqual({ ok: true, value: { ok: true, text: "x" } });
  expect(readAnswer(ended('{"ok":false,"why":"there is no a"}'))).toEqual({ ok: false, outcome: "refused", why: "there is no a" });
  expect(readAnswer(ended("", { outcome: "timeout" }))).toMatchObject({ outcome: "timeout" });
  expect(readAnswer(ended("{", { outcome: "failed" }))).toEqual({ ok: false, outcome: "failed", why: "it ended as failed: last words" });
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(typeof readAnswer(ended(text)).ok).toBe("boolean");
    }),
  );
});

test("the programs go with the job, and what they are asked is data on stdin", () => {
  const { command, files, stdin } = toolJob({ op: "read", path: "$(id)" }, [{ path: "content", data: "x" }]);
  expect(command).toEqual(["python3", "-I", "-B", "/work/agent_tools/tools_main.py"]);
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(["agent_tools/tools_jail.py", "agent_tools/content"]));
  expect(JSON.parse(stdin)).toEqual({ op: "read", path: "$(id)" });
});

test("a watch starts late, ends with its job, and tells only what the watching program said", async () => {
  const started: SandboxJob[] = [];
  const start = (exitCode: number) => (job: SandboxJob) => {
    started.push(job);
    return Promise.resolve({ exitCode } as JobResult);
  };
  const short = watchScratch(10, start(3), 50);
  short.close();
  await wait(80);
  expect(started).toHaveLength(0);
  const other = watchScratch(10, start(1), 1);
  const full = watchScratch(10, start(3), 1);
  await wait(30);
  expect(started.map(({ stdin, writes }) => [JSON.parse(String(stdin)), writes])).toEqual([
    [{ op: "watch", most: 10 }, undefined],
    [{ op: "watch", most: 10 }, undefined],
  ]);
  expect([other.full.aborted, full.full.aborted]).toEqual([false, true]);
  const failing = watchScratch(10, () => Promise.reject(new Error("no engine")), 1);
  await wait(10);
  expect(failing.full.aborted).toBe(false);
});
