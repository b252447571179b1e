import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { barColumns, barsOf, type Bars } from "../strategy/bars.ts";
import { diskError, makeFolder, syncFolder } from "./disk.ts";
import { doubles } from "./doubles.ts";
import { openMemory } from "./duckdb.ts";
import { namesIn, places } from "./places.ts";
import { literalGlob, ownColumns, quoted } from "./sql-text.ts";

/** DuckDB's own size of a chunk. */
const chunkRows = 2048;
const threads = 2;

/** Where bars lie: those that are current, then, for data sets that have changed since, the former ones. */
function barPaths(stateDir: string, name: string, sha256: string): [current: string, former: string] {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name) || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new AgentctlError("trace/bad-bars-name", `${JSON.stringify(name)} with digest ${JSON.stringify(sha256)} cannot name bars`, { exit: "usage" });
  }
  const folder = join(places.bars(stateDir), name);
  return [join(folder, `${sha256}.parquet`), join(folder, "old", `${sha256}.parquet`)];
}

/** Whether the lake holds these bars; nothing is read. */
export function hasBars(stateDir: string, name: string, sha256: string): boolean {
  return barPaths(stateDir, name, sha256).some((path) => existsSync(path));
}

/**
 * Puts the bars of a data set into the lake, under their digest, whole or not at all. Bars that the data set had before move to old/, from where they
 * can still be read by digest; a view over `lake/bars/<name>/*.parquet` shows the current ones only. Errors: trace/disk-full, trace/unwritable.
 */
export async function writeBars(stateDir: string, name: string, set: { sha256: string }, bars: Bars): Promise<void> {
  const [current, former] = barPaths(stateDir, name, set.sha256);
  const folder = join(places.bars(stateDir), name);
  try {
    makeFolder(folder);
    const temporary = join(folder, `.${newId("t")}`);
    try {
      await writeParquet(temporary, name, set.sha256, bars);
      chmodSync(temporary, 0o600);
      const handle = openSync(temporary, "r+");
      fsyncSync(handle);
      closeSync(handle);
      retire(folder, set.sha256);
      renameSync(temporary, current);
      rmSync(former, { force: true });
      syncFolder(folder);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch (cause) {
    throw diskError(current, cause);
  }
}

/** Before the new ones appear: a crash between leaves a view without these bars for a moment, never one that counts them twice. */
function retire(folder: string, sha256: string): void {
  const earlier = namesIn(folder).filter((file) => file.endsWith(".parquet") && !file.startsWith(".") && file !== `${sha256}.parquet`);
  if (earlier.length === 0) return;
  makeFolder(join(folder, "old"));
  for (const file of earlier) renameSync(join(folder, file), join(folder, "old", file));
}

/** What a crash left of files that were being written. */
export function sweepBars(stateDir: string, name: string): void {
  const folder = join(places.bars(stateDir), name);
  for (const file of namesIn(folder)) if (file.startsWith(".t-")) rmSync(join(folder, file), { force: true });
}

async function writeParquet(path: string, name: string, sha256: string, bars: Bars): Promise<void> {
  const { DuckDBDataChunk, DOUBLE } = await import("@duckdb/node-api");
  const { connection, close } = await openMemory({ memoryMiB: 256 + Math.ceil((bars.length * 160) / 2 ** 20), threads });
  try {
    await connection.run(`CREATE TABLE bars (${barColumns.map((column) => `${column} DOUBLE`).join(", ")})`);
    const appender = await connection.createAppender("bars");
    for (let from = 0; from < bars.length; from += chunkRows) {
      const rows = Math.min(chunkRows, bars.length - from);
      const chunk = DuckDBDataChunk.create(
        barColumns.map(() => DOUBLE),
        rows,
      );
      barColumns.forEach((column, index) => {
        const vector = chunk.getColumnVector(index);
        doubles(vector).set(bars[column].subarray(from, from + rows));
        vector.flush();
      });
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    // Version 2 holds doubles in half the space; LZ4 is read in four fifths of the time of zstd and is hardly larger.
    await connection.run(`COPY (SELECT ${quoted(name)} AS data, ${quoted(sha256)} AS sha256, make_timestamp((ts * 1000)::BIGINT) AS ts, open, high, low, close,
      CASE WHEN isnan(volume) THEN NULL ELSE volume END AS volume FROM bars) TO ${quoted(path)} (FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION v2)`);
  } finally {
    close();
  }
}

/**
 * Bars by their digest, current or former; undefined when the lake has none. Whether they still have that digest is the caller's to check.
 * Errors: trace/bad-bars for a file that is no Parquet file of ours, or whose times do not rise.
 */
export async function readBars(stateDir: string, name: string, sha256: string): Promise<Bars | undefined> {
  const path = barPaths(stateDir, name, sha256).find((candidate) => existsSync(candidate));
  if (path === undefined) return undefined;
  // A second thread would read ahead into a queue, and waiting for that costs a fifth more.
  const { connection, close } = await openMemory({ memoryMiB: 512, threads: 1 });
  try {
    return await readParquet(connection, path);
  } catch (cause) {
    if (cause instanceof AgentctlError) throw cause;
    throw new AgentctlError("trace/bad-bars", `the bars in ${path} cannot be read: ${messageOf(cause)}`, { hint: `agentctl data verify ${name}`, cause });
  } finally {
    close();
  }
}

async function readParquet(connection: DuckDBConnection, path: string): Promise<Bars> {
  const from = `read_parquet(${quoted(literalGlob(path))}, ${ownColumns})`;
  const length = Number((await connection.runAndReadAll(`SELECT count(*) FROM ${from}`)).getRows()[0]?.[0]);
  const bars = emptyBars(length);
  const result = await connection.stream(`SELECT ${barColumns.map((column) => read[column] ?? column).join(", ")} FROM ${from}`);
  let row = 0;
  // The next chunk is read from the file while this one is copied; nothing is closed before that has ended.
  let next = result.fetchChunk();
  try {
    for (let chunk = await next; chunk !== null && chunk.rowCount > 0; chunk = await next) {
      next = result.fetchChunk();
      for (const [index, column] of barColumns.entries()) bars[column].set(doubles(chunk.getColumnVector(index)), row);
      row += chunk.rowCount;
    }
  } finally {
    await next.catch(() => null);
  }
  for (let at = 1; at < length; at += 1) {
    if (!((bars.ts[at] as number) > (bars.ts[at - 1] as number))) {
      throw new AgentctlError("trace/bad-bars", `the bars in ${path} are not in the order of time: row ${at + 1}`, { hint: "agentctl data verify" });
    }
  }
  return bars;
}

const read: Readonly<Record<string, string>> = { ts: "epoch_ms(ts)::DOUBLE", volume: "coalesce(volume, 'nan'::DOUBLE)" };

/** In shared memory, so that worker threads can read them without a copy. */
function emptyBars(length: number): Bars {
  const bytes = length * Float64Array.BYTES_PER_ELEMENT;
  const memory = new SharedArrayBuffer(bytes * barColumns.length);
  return barsOf(length, (_, index) => new Float64Array(memory, bytes * index, length));
}
