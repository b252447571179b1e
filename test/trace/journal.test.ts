import * as fs from "node:fs";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import type { EventRecord } from "../../src/event/events.ts";
import { findHead } from "../../src/ledger/heads.ts";
import type { Disk } from "../../src/trace/disk.ts";
import { openJournal } from "../../src/trace/journal.ts";
import { createMask } from "../../src/trace/mask.ts";
import { requireJournal, readJournal } from "../../src/trace/read-journal.ts";
import { fixedClock, noHeads, noMask, recordState, skillFinished, started } from "../support/record.ts";
import { folder } from "../support/workspace.ts";

const lines = (path: string): EventRecord[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EventRecord);

test("a record is a canonical line, hashed over its domain, chained to the one before, with the head in the ledger", async () => {
  const { stateDir, ledger, begin } = recordState();
  const journal = begin("r-one");
  const first = await journal.append("run.started", started);
  const second = await journal.append("skill.finished", skillFinished);
  const text = readFileSync(join(stateDir, "journal/r-one.jsonl"), "utf8");
  expect(text).toBe(`${canonicalJson(first)}\n${canonicalJson(second)}\n`);
  const { hash, ...bare } = first;
  expect(hash).toBe(sha256(`agentctl-record-v1\n${canonicalJson(bare)}`));
  expect(first).toMatchObject({ v: 1, run: "r-one", seq: 0, ts: "2026-11-21T12:00:01.000Z", prev: "0".repeat(64), data: started });
  expect(second).toMatchObject({ seq: 1, prev: first.hash });
  expect(findHead(ledger, "r-one")).toEqual({ run: "r-one", seq: 1, hash: second.hash, bytes: text.length });
  expect(statSync(journal.path).mode & 0o777).toBe(0o600);
  expect(statSync(join(stateDir, "journal")).mode & 0o777).toBe(0o700);
});

test("a journal has one writer", () => {
  const { stateDir, begin } = recordState();
  begin("r-one");
  expect(() => openJournal({ stateDir, run: "r-one", heads: noHeads, mask: noMask, clock: fixedClock() })).toThrow(
    expect.objectContaining({ code: "trace/run-exists" }),
  );
  expect(() => openJournal({ stateDir, run: "../evil", heads: noHeads, mask: noMask, clock: fixedClock() })).toThrow(
    expect.objectContaining({ code: "trace/bad-run-name" }),
  );
});

test("appends that are not awaited keep their order", async () => {
  const { begin } = recordState();
  const journal = begin("r-one");
  await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append("budget.reserved", { reservation: `b-${n}`, amounts: { tokens: n }, granted: true })));
  const found = lines(journal.path);
  expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(found.map(({ data }) => data)).toEqual(Array.from({ length: 50 }, (_, n) => ({ reservation: `b-${n}`, amounts: { tokens: n }, granted: true })));
});

test("data that does not fit its schema is refused, and the journal goes on", async () => {
  const { begin } = recordState();
  const journal = begin("r-one");
  await expect(journal.append("halt.set", { by: "ada" } as never)).rejects.toMatchObject({ code: "trace/bad-event" });
  await expect(journal.append("no.such" as never, {} as never)).rejects.toMatchObject({ code: "trace/bad-event" });
  await journal.append("halt.released", { by: "ada", reason: "done" });
  expect(lines(journal.path).map(({ seq, kind }) => [seq, kind])).toEqual([[0, "halt.released"]]);
});

test("nothing follows the end of a run", async () => {
  const { begin } = recordState();
  const journal = begin("r-one");
  await journal.append("run.finished", { outcome: "ok", durationMs: 1 });
  await expect(journal.append("halt.released", { by: "ada", reason: "late" })).rejects.toMatchObject({ code: "trace/closed" });
  journal.close();
  journal.close();
});

test("secrets are masked before they are hashed, in blobs too", async () => {
  const mask = createMask({ VENUE_TOKEN: "canary-5f2e9c71" });
  const { stateDir, begin } = recordState({ mask });
  const journal = begin("r-one");
  const record = await journal.append("skill.finished", {
    ...skillFinished,
    stderr: "token canary-5f2e9c71",
    output: { text: `${"x".repeat(20_000)}canary-5f2e9c71`, token: Buffer.from("canary-5f2e9c71").toString("hex") },
  });
  expect(record.data.stderr).toMatch(/^token «masked:VENUE_TOKEN#[0-9a-f]{8}»$/);
  const files = fs.readdirSync(join(stateDir, "blobs")).map((name) => readFileSync(join(stateDir, "blobs", name), "utf8"));
  expect(files).toHaveLength(1);
  expect(`${readFileSync(journal.path, "utf8")}${files.join("")}`).not.toMatch(/canary|63616e617279/);
});

test("large bodies go to blobs: texts and free values, never the form of the record", async () => {
  const { stateDir, begin } = recordState();
  const journal = begin("r-one");
  const long = "ä".repeat(9_000);
  const artifacts = Array.from({ length: 300 }, (_, n) => ({ path: `out/${n}.csv`, sha256: "e".repeat(64), bytes: n }));
  const { data } = await journal.append("skill.finished", {
    ...skillFinished,
    stderr: long,
    output: { rows: Array.from({ length: 5000 }, (_, n) => n), n: 1 },
    artifacts,
  });
  const stderr = data.stderr as unknown as { $blob: string; bytes: number; head: string };
  expect(stderr).toEqual({ $blob: sha256(JSON.stringify(long)), bytes: 18_002, head: long.slice(0, 200) });
  expect(readFileSync(join(stateDir, "blobs", stderr.$blob), "utf8")).toBe(JSON.stringify(long));
  expect(statSync(join(stateDir, "blobs", stderr.$blob)).mode & 0o777).toBe(0o600);
  expect(data.output).toMatchObject({ n: 1, rows: { bytes: 23_891 } });
  expect(data.artifacts).toEqual(artifacts);
});

test("a value that looks like a reference to a blob becomes one, so that every reference is ours", async () => {
  const { stateDir, begin } = recordState();
  const journal = begin("r-one");
  const { data } = await journal.append("skill.finished", { ...skillFinished, output: { deep: [{ $blob: "f".repeat(64) }] } });
  const { $blob } = (data.output as { deep: [{ $blob: string }] }).deep[0];
  expect(readFileSync(join(stateDir, "blobs", $blob), "utf8")).toBe(JSON.stringify({ $blob: "f".repeat(64) }));
});

test("hostile values are recorded as far as JSON can hold them", async () => {
  const { begin } = recordState();
  const journal = begin("r-one");
  const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`) as unknown;
  const output = { deep, huge: JSON.parse("1e999") as unknown, lone: "\ud800x", zero: -0, ["__proto__"]: 1, gone: undefined };
  const { data } = await journal.append("skill.finished", { ...skillFinished, output });
  expect(data.output).toMatchObject({ huge: "«Infinity»", lone: "\ufffdx", zero: 0 });
  expect(JSON.stringify(data.output)).toContain("«nested deeper than 64 levels»");
  await expect(journal.append("skill.finished", { ...skillFinished, output: 1n })).rejects.toMatchObject({ code: "trace/bad-event" });
  await expect(journal.append("skill.finished", { ...skillFinished, output: new Map() })).rejects.toMatchObject({ code: "trace/bad-event" });
  expect(lines(journal.path)).toHaveLength(1);
});

const failing = (broken: Partial<Disk>): Disk => ({ ...fs, ...broken });
const errno = (code: string): Error => Object.assign(new Error(code), { code });

test("a full disk ends the journal at the last whole record", async () => {
  const stateDir = folder();
  let full = false;
  const disk = failing({
    writeSync: ((handle: number, line: Buffer, from: number) => {
      if (!full) return fs.writeSync(handle, line, from);
      if (from > 0) throw errno("ENOSPC");
      return fs.writeSync(handle, line, 0, 10);
    }) as typeof fs.writeSync,
  });
  const journal = openJournal({ stateDir, run: "r-one", heads: noHeads, mask: noMask, clock: fixedClock(), disk });
  const { hash } = await journal.append("run.started", started);
  full = true;
  await expect(journal.append("halt.released", { by: "ada", reason: "x" })).rejects.toMatchObject({ code: "trace/disk-full" });
  full = false;
  await expect(journal.append("halt.released", { by: "ada", reason: "x" })).rejects.toMatchObject({ code: "trace/disk-full" });
  expect(lines(journal.path).map((record) => record.hash)).toEqual([hash]);
});

test("after a failed flush nothing is tried again", async () => {
  const stateDir = folder();
  const heads: unknown[] = [];
  let calls = 0;
  const disk = failing({
    fdatasyncSync: (handle) => {
      calls += 1;
      if (calls === 2) throw errno("EIO");
      fs.fdatasyncSync(handle);
    },
  });
  const journal = openJournal({ stateDir, run: "r-one", heads: { move: (head) => heads.push(head.seq) }, mask: noMask, clock: fixedClock(), disk });
  await journal.append("run.started", started);
  await expect(journal.append("halt.released", { by: "ada", reason: "x" })).rejects.toMatchObject({ code: "trace/not-durable" });
  await expect(journal.append("halt.released", { by: "ada", reason: "x" })).rejects.toMatchObject({ code: "trace/not-durable" });
  expect({ calls, heads }).toEqual({ calls: 2, heads: [0] });
});

test("what cannot be a folder is named", () => {
  const stateDir = join(folder(), "file");
  fs.writeFileSync(stateDir, "");
  expect(() => openJournal({ stateDir, run: "r-one", heads: noHeads, mask: noMask, clock: fixedClock() })).toThrow(
    expect.objectContaining({ code: "trace/unwritable", message: expect.stringContaining(stateDir) as string }),
  );
});

test("reading verifies, and ends before an unfinished record", async () => {
  const { stateDir, whole } = recordState();
  await whole("r-one");
  const file = requireJournal(stateDir, "one");
  fs.appendFileSync(file.path, '{"data":{');
  const read = async (): Promise<number[]> => (await Array.fromAsync(readJournal(file))).map(({ seq }) => seq);
  expect(await read()).toEqual([0, 1, 2, 3, 4, 5]);
  fs.writeFileSync(file.path, readFileSync(file.path, "utf8").replace('"durationMs":412.5', '"durationMs":412.6'));
  await expect(read()).rejects.toMatchObject({ code: "trace/damaged", exit: "verification", hint: "agentctl audit verify r-one" });
  expect(existsSync(file.path)).toBe(true);
});

test("a run is found by its name or by a beginning that is its own", async () => {
  const { stateDir, whole } = recordState();
  await whole("r-abc1", 2);
  await whole("r-abd2", 2);
  expect(requireJournal(stateDir, "r-abc").run).toBe("r-abc1");
  expect(() => requireJournal(stateDir, "ab")).toThrow(expect.objectContaining({ code: "trace/ambiguous-run", exit: "usage" }));
  expect(() => requireJournal(stateDir, "r-abc7")).toThrow(expect.objectContaining({ code: "trace/unknown-run", hint: "did you mean r-abc1?" }));
});
