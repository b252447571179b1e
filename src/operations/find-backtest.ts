import { existsSync, readFileSync } from "node:fs";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { BacktestFinished, BacktestStarted } from "../event/backtest-events.ts";
import { ask } from "../trace/ask.ts";
import { blobPath } from "../trace/blobs.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { quoted } from "../trace/sql-text.ts";

/** A backtest as it is on record, verified record by record. */
export interface BacktestRecord {
  run: string;
  /** The agentctl that ran it. */
  version: string;
  /** RFC 3339 in UTC. */
  at: string;
  started: BacktestStarted;
  /** Absent while it runs, and for ever when its process was killed. */
  finished?: BacktestFinished;
}

/** Finds a backtest by its id or by a beginning of it that only one has. Errors (exit usage): `backtest/unknown`, `backtest/ambiguous`; `trace/damaged`. */
export async function findBacktest(stateDir: string, id: string): Promise<BacktestRecord> {
  const { backtest, run } = await placeOf(stateDir, id);
  let [version, at] = ["", ""];
  let started: BacktestStarted | undefined;
  let finished: BacktestFinished | undefined;
  for await (const record of readJournal(requireJournal(stateDir, run))) {
    if (isKind(record, "run.started")) version = record.data.version;
    if (isKind(record, "backtest.started") && record.data.backtest === backtest) [started, at] = [whole(stateDir, record.data), record.ts];
    if (isKind(record, "backtest.finished") && record.data.backtest === backtest) finished = whole(stateDir, record.data);
  }
  if (started === undefined) throw unknown(id, []);
  return { run, version, at, started, ...(finished !== undefined && { finished }) };
}

async function placeOf(stateDir: string, id: string): Promise<{ backtest: string; run: string }> {
  const beginnings = [id, `bt-${id}`].map((beginning) => `starts_with(${text}, ${quoted(beginning)})`).join(" OR ");
  const found = await ids(stateDir, `AND (${beginnings})`);
  const exact = found.find(({ backtest }) => backtest === id);
  const [only] = found;
  if (exact !== undefined) return exact;
  if (id !== "" && found.length === 1 && only !== undefined) return only;
  if (id !== "" && found.length > 1) {
    const first = found.slice(0, 5).map(({ backtest }) => backtest);
    throw new AgentctlError("backtest/ambiguous", `${found.length} backtests begin with ${JSON.stringify(id)}: ${first.join(", ")}`, { exit: "usage" });
  }
  throw unknown(
    id,
    (await ids(stateDir, "")).map(({ backtest }) => backtest),
  );
}

const text = "(data->>'$.backtest')";

async function ids(stateDir: string, and: string): Promise<{ backtest: string; run: string }[]> {
  const sql = `SELECT ${text}, run FROM events WHERE kind = 'backtest.started' ${and} ORDER BY 1`;
  const { rows } = await ask(stateDir, sql, { rowsMax: 1_000_000 });
  return rows.map(([backtest, run]) => ({ backtest: String(backtest), run: String(run) }));
}

function unknown(id: string, known: readonly string[]): AgentctlError {
  const near = nearest(id, known);
  return new AgentctlError("backtest/unknown", `there is no backtest ${JSON.stringify(id)}`, {
    // A clone has the repository's files and nothing of its record.
    hint:
      near !== undefined
        ? `did you mean ${near}?`
        : known.length > 0
          ? "agentctl backtest"
          : "none is on record here: the record stays in the clone that made it",
    exit: "usage",
  });
}

/** The members that were too large for their record are put back. */
function whole<T extends object>(stateDir: string, data: T): T {
  return Object.fromEntries(Object.entries(data).map(([name, member]) => [name, body(stateDir, member)])) as T;
}

function body(stateDir: string, member: unknown): unknown {
  if (member === null || typeof member !== "object" || !("$blob" in member)) return member;
  const kept = keptBlob(stateDir, String(member.$blob));
  return kept === undefined ? member : (JSON.parse(kept.toString("utf8")) as unknown);
}

/** The bytes that are kept under a digest; undefined when they are gone or others. */
export function keptBlob(stateDir: string, digest: string): Buffer | undefined {
  const path = blobPath(stateDir, digest);
  if (!/^[0-9a-f]{64}$/.test(digest) || !existsSync(path)) return undefined;
  const data = readFileSync(path);
  return sha256(data) === digest ? data : undefined;
}
