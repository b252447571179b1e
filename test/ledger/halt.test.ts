import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { armWhenNew, readHalt, releaseHalt, setHalt, watchHalt } from "../../src/ledger/halt.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "halt-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const note = { by: "ana", reason: "odd orders", atMs: 0 };

test("a directory that nothing has used is armed, once", () => {
  armWhenNew(dir);
  expect(readHalt(dir)).toEqual({ halted: false });
  rmSync(join(dir, "armed"));
  writeFileSync(join(dir, "ledger.db"), "");
  armWhenNew(dir);
  expect(readHalt(dir)).toEqual({ halted: true, by: "unknown", reason: "the file `armed` is missing" });
});

test("a question asked of a new directory is no use of it; a journal in it is", () => {
  mkdirSync(join(dir, "journal"));
  writeFileSync(join(dir, "journal", "_empty.jsonl"), "");
  armWhenNew(dir);
  expect(readHalt(dir)).toEqual({ halted: false });
  rmSync(join(dir, "armed"));
  writeFileSync(join(dir, "journal", "r-1.jsonl"), "");
  armWhenNew(dir);
  expect(readHalt(dir).halted).toBe(true);
});

test("halting says who and why, and the first reason stands", () => {
  armWhenNew(dir);
  setHalt(dir, note);
  setHalt(dir, { ...note, by: "bo", reason: "again" });
  expect(readHalt(dir)).toEqual({ halted: true, by: "ana", reason: "odd orders", at: "1970-01-01T00:00:00.000Z" });
  expect(readdirSync(dir)).toEqual(["halt"]);
});

test("either file alone stops: a halt beside an armed, and neither", () => {
  armWhenNew(dir);
  writeFileSync(join(dir, "halt"), "not json");
  expect(readHalt(dir)).toEqual({ halted: true, by: "unknown", reason: "the file `halt` cannot be read" });
  rmSync(join(dir, "halt"));
  rmSync(join(dir, "armed"));
  expect(readHalt(dir).halted).toBe(true);
});

test("what cannot be read is halted", () => {
  mkdirSync(join(dir, "armed"));
  expect(readHalt(dir)).toMatchObject({ halted: true, reason: expect.stringContaining("cannot be read") });
  expect(readHalt(join(dir, "nowhere")).halted).toBe(true);
});

test("release arms again", () => {
  armWhenNew(dir);
  setHalt(dir, note);
  releaseHalt(dir);
  expect(readHalt(dir)).toEqual({ halted: false });
  expect(readdirSync(dir)).toEqual(["armed"]);
});

test("a watcher hears of a halt once, and not after it was told to stop", async () => {
  armWhenNew(dir);
  const heard: string[] = [];
  const stop = watchHalt(dir, (state) => heard.push(state.halted ? state.reason : ""), 5);
  const deaf = watchHalt(dir, () => heard.push("deaf"), 5);
  deaf();
  setHalt(dir, note);
  await new Promise((done) => setTimeout(done, 40));
  stop();
  expect(heard).toEqual(["odd orders"]);
});
