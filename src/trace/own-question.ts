import { statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../base/errors.ts";
import { allViews, ensureSources, openMemory } from "./duckdb.ts";
import { listJournals, namesIn, places } from "./places.ts";
import { plain, type Plain } from "./sql-values.ts";

/** Bytes of JSON up to which the record is held in memory while it is asked, so that it is read once and not for every view. */
const heldBytesMax = 64 * 1024 * 1024;
/** Parquet takes about so much less than JSON. */
const packing = 20;

/**
 * Asks SQL of our own over `events` and the views named, in memory; for each query its rows, one list a row. Making all views takes most of the time of a
 * small question, and so does the guard that SQL of others needs (`ask.ts`): never give it a text that somebody else had a part in.
 */
export async function askOwn(stateDir: string, queries: readonly string[], views: readonly string[] = [], heldMax = heldBytesMax): Promise<Plain[][][]> {
  try {
    return await askOnce(stateDir, queries, views, heldMax);
  } catch (error) {
    // A journal was closed between DuckDB's look at the folder and its look at the file: then its rows are in the lake.
    if (/No such file or directory/.test(messageOf(error))) return askOnce(stateDir, queries, views, heldMax);
    throw error;
  }
}

async function askOnce(stateDir: string, queries: readonly string[], views: readonly string[], heldMax: number): Promise<Plain[][][]> {
  await ensureSources(stateDir);
  const events = recordBytes(stateDir) <= heldMax ? "TABLE" : "VIEW";
  const { connection, close } = await openMemory({ memoryMiB: 512, threads: 2 });
  try {
    for (const { name, sql } of allViews(stateDir)) {
      if (name === "events") await connection.run(`CREATE ${events} events AS ${sql}`);
      else if (views.includes(name)) await connection.run(`CREATE VIEW ${name} AS ${sql}`);
    }
    const answers: Plain[][][] = [];
    for (const query of queries) {
      const rows = await (await connection.stream(query)).getRows();
      answers.push(rows.map((row) => row.map((value) => plain(value))));
    }
    return answers;
  } finally {
    close();
  }
}

/** About how much JSON the record is. */
function recordBytes(stateDir: string): number {
  const open = listJournals(stateDir).reduce((sum, { path, closed }) => sum + (closed ? 0 : bytesOf(path)), 0);
  const lake = places.events(stateDir);
  const packed = namesIn(lake).flatMap((month) => namesIn(join(lake, month)).map((name) => bytesOf(join(lake, month, name))));
  return open + packing * packed.reduce((sum, bytes) => sum + bytes, 0);
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
