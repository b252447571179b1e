import { renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { RawAnswer } from "./ask.ts";
import { diskError } from "./disk.ts";
import { openMemory } from "./duckdb.ts";
import { quoted } from "./sql-text.ts";
import { newId } from "../base/ids.ts";

/** Writes an answer as Parquet, whole or not at all. An instance of its own does it, which has never seen the user's SQL. */
export async function exportParquet(answer: RawAnswer, path: string): Promise<void> {
  const temporary = join(dirname(resolve(path)), `.${newId("t")}.parquet`);
  const { connection, close } = await openMemory({ memoryMiB: 1024, threads: 2 });
  try {
    const columns = answer.columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`).join(", ");
    await connection.run(`CREATE TABLE answer (${columns})`);
    const appender = await connection.createAppender("answer");
    for (const chunk of answer.chunks) appender.appendDataChunk(chunk);
    appender.closeSync();
    await connection.run(`COPY answer TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    renameSync(temporary, path);
  } catch (cause) {
    throw diskError(path, cause);
  } finally {
    close();
    rmSync(temporary, { force: true });
  }
}
