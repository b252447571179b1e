import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isoTime, systemClock } from "../src/base/clock.ts";
import type { EventKind } from "../src/event/events.ts";
import { ask } from "../src/trace/ask.ts";
import { writeLake } from "../src/trace/lake.ts";
import { median, type BenchRow } from "./row.ts";

const runs = 100;
const perRun = 10_000;
/** Of the runs, so many are closed: their rows are in the lake. */
const closed = 95;
const kinds: EventKind[] = ["decision.made", "skill.started", "skill.finished", "budget.reserved"];
const sql = "SELECT kind, count(*) AS n FROM events GROUP BY kind ORDER BY n DESC";

/** Grouping a million events through the view, from opening DuckDB to the rows, as `agentctl query` does it. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    const journals = writeJournals(folder);
    const open = await timed(folder);
    const ended = journals.slice(0, closed);
    await writeLake(folder, "2026-11", ended);
    for (const { path } of ended) rmSync(path);
    const value = await timed(folder);
    const reference = `${closed} of ${runs} runs closed; with none closed ${open.toFixed(2)} s`;
    return [{ name: "group 1e6 events", value, unit: "s", limit: 0.3, reference }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed(stateDir: string): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const from = systemClock.monotonicMs();
    const { rows } = await ask(stateDir, sql);
    seconds.push((systemClock.monotonicMs() - from) / 1000);
    const counted = rows.reduce((sum, row) => sum + Number(row[1]), 0);
    if (counted !== runs * perRun) throw new Error(`${counted} events were counted`);
  }
  return median(seconds);
}

/** Lines as a journal has them; their hashes are made up, since no query looks at them. */
function writeJournals(stateDir: string): { path: string; records: number }[] {
  const folder = join(stateDir, "journal");
  mkdirSync(folder);
  const ts = isoTime(systemClock.nowMs());
  const data = { call: "c-1", skill: "market-stats", outcome: "ok", oomKilled: false, durationMs: 412, artifacts: [], output: { bars: 5105, cagr: 0.027 } };
  const tail = JSON.stringify({ hash: "5f".repeat(32), prev: "a1".repeat(32), ts, v: 1 }).slice(1);
  return Array.from({ length: runs }, (_, run) => {
    const path = join(folder, `r-${run}.jsonl`);
    const lines = Array.from({ length: perRun }, (__, seq) => {
      const record = JSON.stringify({ data, kind: kinds[seq % kinds.length], run: `r-${run}`, seq });
      return `${record.slice(0, -1)},${tail}\n`;
    });
    writeFileSync(path, lines.join(""));
    return { path, records: perRun };
  });
}
