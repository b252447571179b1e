import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { makeFolder, syncFolder } from "./disk.ts";
import { ensureSources, openMemory, selectRecords } from "./duckdb.ts";
import { places } from "./places.ts";
import { literalGlob, ownColumns, quoted } from "./sql-text.ts";

const limits = { memoryMiB: 1024, threads: 2 };
/** Of journals in one Parquet file. */
const filesMax = 1000;

/** Runs whose rows are in the lake. */
export async function runsInLake(stateDir: string): Promise<Set<string>> {
  await ensureSources(stateDir);
  const { connection, close } = await openMemory(limits);
  try {
    const lake = quoted(join(literalGlob(places.events(stateDir)), "*/*.parquet"));
    const reader = await connection.runAndReadAll(`SELECT DISTINCT run FROM read_parquet(${lake}, ${ownColumns})`);
    return new Set(reader.getRows().map(([run]) => String(run)));
  } finally {
    close();
  }
}

/** Copies whole journals of a month into new Parquet files. A row too few or too many is an error, and nothing is kept. */
export async function writeLake(stateDir: string, month: string, journals: readonly { path: string; records: number }[]): Promise<void> {
  const folder = join(places.events(stateDir), month);
  for (let from = 0; from < journals.length; from += filesMax) {
    makeFolder(folder);
    await writeParquet(folder, journals.slice(from, from + filesMax));
  }
}

async function writeParquet(folder: string, journals: readonly { path: string; records: number }[]): Promise<void> {
  const temporary = join(folder, `.${newId("t")}`);
  const paths = journals.map(({ path }) => quoted(literalGlob(path))).join(", ");
  const { connection, close } = await openMemory(limits);
  try {
    const reader = await connection.runAndReadAll(`COPY (${selectRecords(`[${paths}]`)}) TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    const written = Number(reader.getRows()[0]?.[0]);
    const expected = journals.reduce((sum, { records }) => sum + records, 0);
    if (written !== expected) throw new AgentctlError("trace/lake-incomplete", `${written} of ${expected} records reached the lake; nothing was kept`);
    chmodSync(temporary, 0o600);
    const handle = openSync(temporary, "r+");
    fsyncSync(handle);
    closeSync(handle);
    renameSync(temporary, join(folder, `${newId("e")}.parquet`));
    syncFolder(folder);
  } finally {
    close();
    rmSync(temporary, { force: true });
  }
}
