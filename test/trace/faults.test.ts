import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isoTime, systemClock } from "../../src/base/clock.ts";
import type { EventRecord } from "../../src/event/events.ts";
import { listHeads } from "../../src/ledger/heads.ts";
import { openLedger, type Ledger } from "../../src/ledger/ledger.ts";
import { thisProcess } from "../../src/ledger/owner.ts";
import { listRuns, openRuns, registerRun } from "../../src/ledger/runs.ts";
import { recoverRuns } from "../../src/operations/recover-runs.ts";
import { openJournal } from "../../src/trace/journal.ts";
import { verifyRecord, type VerifyReport } from "../../src/trace/verify-record.ts";
import { fixedClock, noHeads, noMask, recordState, started } from "../support/record.ts";
import { folder } from "../support/workspace.ts";

const writer = fileURLToPath(new URL("../support/journal-writer.ts", import.meta.url));

async function verify(stateDir: string, ledger: Ledger): Promise<VerifyReport> {
  return verifyRecord({ stateDir, heads: listHeads(ledger), registered: new Set(listRuns(ledger).map(({ run }) => run)) });
}

/** Starts a writer; with `killAfter`, kills it (-9) once it has acknowledged so many records. Answers the last one that it acknowledged. */
function write(stateDir: string, run: string, records: number, killAfter?: number): Promise<number> {
  const child = spawn(process.execPath, [writer, stateDir, run, String(records)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (killAfter !== undefined && said.split("\n").length > killAfter) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", () => resolve(Number(said.trim().split("\n").at(-1) ?? -1))));
}

test("kill -9 at any point loses nothing that was acknowledged, and recovery ends the run", async () => {
  const stateDir = join(folder(), "state");
  const killed = [1, 2, 9, 40, 120, 300];
  const acknowledged = await Promise.all(killed.map((after) => write(stateDir, `r-k${after}`, 100_000, after)));
  const ledger = openLedger(stateDir);
  try {
    const before = await verify(stateDir, ledger);
    expect(before.faults).toEqual([]);
    expect(
      openRuns(ledger)
        .dead.map(({ run }) => run)
        .toSorted(),
    ).toEqual(killed.map((after) => `r-k${after}`).toSorted());
    const recoveries = await recoverRuns(ledger, stateDir, noMask);
    expect(recoveries.map(({ outcome, faults }) => ({ outcome, faults }))).toEqual(killed.map(() => ({ outcome: "interrupted", faults: [] })));
    for (const [index, after] of killed.entries()) {
      const records = readFileSync(join(stateDir, `journal/r-k${after}.jsonl`), "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as EventRecord);
      expect(records.length).toBeGreaterThan((acknowledged[index] ?? 0) + 1);
      expect(records.at(-1)).toMatchObject({ kind: "run.finished", data: { outcome: "interrupted" } });
    }
    expect(await verify(stateDir, ledger)).toMatchObject({ faults: [], notes: [] });
    expect(listRuns(ledger).map(({ state }) => state)).toEqual(killed.map(() => "interrupted"));
    expect(await recoverRuns(ledger, stateDir, noMask)).toEqual([]);
  } finally {
    ledger.close();
  }
});

test("eight processes record at once", async () => {
  const stateDir = join(folder(), "state");
  const runs = Array.from({ length: 8 }, (_, n) => `r-p${n}`);
  await Promise.all(runs.map((run) => write(stateDir, run, 60)));
  const ledger = openLedger(stateDir);
  try {
    expect(listHeads(ledger).map(({ run, seq }) => [run, seq])).toEqual(runs.map((run) => [run, 60]));
    expect(await verify(stateDir, ledger)).toMatchObject({ runs: 8, records: 8 * 61, faults: [], notes: [] });
  } finally {
    ledger.close();
  }
});

/** A run whose process is gone, with this journal tail. */
async function crashed(tail: string): Promise<{ stateDir: string; ledger: Ledger; path: string }> {
  const { stateDir, ledger, heads } = recordState();
  registerRun(ledger, { run: "r-gone", command: "x", actor: "ada", started: isoTime(systemClock.nowMs()), owner: { ...thisProcess(), processStart: "1" } });
  const journal = openJournal({ stateDir, run: "r-gone", heads, mask: noMask, clock: fixedClock() });
  await journal.append("run.started", started);
  await journal.append("halt.released", { by: "ada", reason: "x" });
  journal.close();
  appendFileSync(journal.path, tail);
  return { stateDir, ledger, path: journal.path };
}

test("an unfinished record goes to the quarantine, when nobody was told that it was written", async () => {
  const { stateDir, ledger, path } = await crashed('{"data":{"by":"a');
  expect(await recoverRuns(ledger, stateDir, noMask)).toEqual([{ run: "r-gone", outcome: "interrupted", cutBytes: 16, faults: [] }]);
  const [kept = ""] = readdirSync(join(stateDir, "quarantine"));
  expect(readFileSync(join(stateDir, "quarantine", kept), "utf8")).toBe('{"data":{"by":"a');
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  expect(JSON.parse(readFileSync(path, "utf8").split("\n")[2] ?? "")).toMatchObject({ seq: 2, data: { outcome: "interrupted", durationMs: 1000 } });
  expect(await verify(stateDir, ledger)).toMatchObject({ faults: [], notes: [] });
});

test("an acknowledged record that is gone is a fault, and nothing is repaired", async () => {
  const { stateDir, ledger, path } = await crashed("");
  const cut = readFileSync(path).subarray(0, -20);
  writeFileSync(path, cut);
  const [recovery] = await recoverRuns(ledger, stateDir, noMask);
  expect(recovery?.faults.map(({ kind }) => kind)).toEqual(["torn-tail", "tail-cut"]);
  expect(readFileSync(path)).toEqual(cut);
});

test("a run that ended while nobody could note it keeps its outcome", async () => {
  const { stateDir, ledger } = await crashed("");
  const other = recordState();
  registerRun(other.ledger, { run: "r-done", command: "x", actor: "ada", started: "2026-11-21T12:00:00.000Z", owner: { ...thisProcess(), boot: "another" } });
  const journal = openJournal({ stateDir: other.stateDir, run: "r-done", heads: other.heads, mask: noMask, clock: fixedClock() });
  await journal.append("run.finished", { outcome: "denied", durationMs: 1 });
  journal.close();
  expect((await recoverRuns(other.ledger, other.stateDir, noMask)).map(({ outcome }) => outcome)).toEqual(["denied"]);
  registerRun(ledger, {
    run: "r-empty",
    command: "x",
    actor: "ada",
    started: "2026-11-21T12:00:00.000Z",
    owner: { ...thisProcess(), pid: 4_194_303, processStart: "7" },
  });
  expect((await recoverRuns(ledger, stateDir, noMask)).map(({ run, outcome }) => [run, outcome]).toSorted()).toEqual([
    ["r-empty", "interrupted"],
    ["r-gone", "interrupted"],
  ]);
});

const root = process.getuid?.() === 0 && process.platform === "linux";
if (!root) process.stderr.write("\nSKIPPED  a full disk, for real: needs root on Linux to mount a tmpfs\n\n");

test.skipIf(!root)("a full disk, for real: the last whole record stays, and nothing follows it", async () => {
  const small = join(folder(), "small");
  mkdirSync(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]);
  try {
    const journal = openJournal({ stateDir: small, run: "r-full", heads: noHeads, mask: noMask, clock: fixedClock() });
    const append = (): Promise<EventRecord> => journal.append("halt.released", { by: "ada", reason: "r".repeat(3000) });
    let written = 0;
    await expect(
      (async () => {
        for (; written < 100; written++) await append();
      })(),
    ).rejects.toMatchObject({ code: "trace/disk-full" });
    await expect(append()).rejects.toMatchObject({ code: "trace/disk-full" });
    const text = readFileSync(journal.path, "utf8");
    expect(text.endsWith("\n")).toBe(true);
    expect(text.split("\n").length - 1).toBe(written);
    expect(() => openLedger(small)).toThrow(expect.objectContaining({ code: "ledger/disk-full" }));
    journal.close();
  } finally {
    execFileSync("umount", ["-l", small]);
  }
});
