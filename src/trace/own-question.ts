import { messageOf } from "../base/errors.ts";
import { allViews, ensureSources, openMemory } from "./duckdb.ts";
import { plain, type Plain } from "./sql-values.ts";

/**
 * Asks SQL of our own over `events` and the views named, in memory; one list a row. Making all views takes most of the time of a small question, and so
 * does the guard that SQL of others needs (`ask.ts`): never give it a text that somebody else had a part in.
 */
export async function askOwn(stateDir: string, sql: string, views: readonly string[] = []): Promise<Plain[][]> {
  try {
    return await askOnce(stateDir, sql, views);
  } catch (error) {
    // A journal was closed between DuckDB's look at the folder and its look at the file: then its rows are in the lake.
    if (/No such file or directory/.test(messageOf(error))) return askOnce(stateDir, sql, views);
    throw error;
  }
}

async function askOnce(stateDir: string, sql: string, views: readonly string[]): Promise<Plain[][]> {
  await ensureSources(stateDir);
  const { connection, close } = await openMemory({ memoryMiB: 512, threads: 2 });
  try {
    for (const view of allViews(stateDir)) {
      if (view.name === "events" || views.includes(view.name)) await connection.run(`CREATE VIEW ${view.name} AS ${view.sql}`);
    }
    const rows = await (await connection.stream(sql)).getRows();
    return rows.map((row) => row.map((value) => plain(value)));
  } finally {
    close();
  }
}
