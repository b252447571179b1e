import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { newId } from "../base/ids.ts";
import { agentViews } from "./agent-views.ts";
import { approvalViews } from "./approval-views.ts";
import { proposalGateViews } from "./proposal-gate-views.ts";
import { proposalVoteViews } from "./proposal-vote-views.ts";
import { diskError, makeFolder, writeWhole } from "./disk.ts";
import { improveViews } from "./improve-views.ts";
import { autonomyViews } from "./autonomy-views.ts";
import { incidentViews } from "./incident-views.ts";
import { lakeSources, lakeViews } from "./lake-views.ts";
import { netViews } from "./net-views.ts";
import { notifyViews } from "./notify-views.ts";
import { emptyJournal, places } from "./places.ts";
import { sidecarViews } from "./sidecar-views.ts";
import { literalGlob, ownColumns, quoted } from "./sql-text.ts";
import { tradingViews } from "./trading-views.ts";
import { derivedViews, eventColumns, type View } from "./views.ts";

/** The database file for other DuckDB clients, and the SQL that made it: the stamp by which we see that it is out of date. */
const databaseName = "agentctl.duckdb";
const stampName = "agentctl.sql";

const names = eventColumns.map(([name]) => name).join(", ");
const columns = eventColumns.map(([name, type]) => `${name}: '${type}'`).join(", ");

/** SQL for the columns of journals; `files` is a glob or a list of paths, quoted. */
export function selectRecords(files: string, options = ""): string {
  return `SELECT ${names} FROM read_ndjson(${files}, columns = {${columns}}, ${ownColumns}${options})`;
}

/** Every view, `events` first; paths are absolute, since a client may stand anywhere. All of them go through `events`, which leaves out the roots `without`. */
export function allViews(stateDir: string, without: readonly string[] = []): View[] {
  const lake = `read_parquet(${quotedGlob(places.events(stateDir), "*/*.parquet")}, ${ownColumns})`;
  const journals = selectRecords(quotedGlob(places.journals(stateDir), "*.jsonl"), ", ignore_errors = true");
  const events: View = {
    name: "events",
    about: "one row a record; data is JSON",
    columns: eventColumns,
    // A torn last line reads as a row of NULLs. A run that is in the lake and still has its journal (a crash while it was closed) counts once.
    sql: withoutRoots(
      `SELECT ${names} FROM ${lake} UNION ALL BY NAME
  ${journals} WHERE run IS NOT NULL AND run NOT IN (SELECT DISTINCT run FROM ${lake})`,
      without,
    ),
  };
  return [
    events,
    ...derivedViews,
    ...agentViews,
    ...approvalViews,
    ...proposalVoteViews,
    ...proposalGateViews,
    ...netViews,
    ...incidentViews,
    ...notifyViews,
    ...sidecarViews,
    ...improveViews,
    ...autonomyViews,
    ...tradingViews,
    ...lakeViews(stateDir),
  ];
}

/** A part is named for its root: `r-…-2`. */
function withoutRoots(sql: string, without: readonly string[]): string {
  if (without.length === 0) return sql;
  return `SELECT ${names} FROM (${sql}) WHERE regexp_replace(run, '^(r-[0-9a-z]+)-[0-9]+$', '\\1') NOT IN (${without.map(quoted).join(", ")})`;
}

/** SQL that makes every view, in an order in which each finds those it reads. */
export function viewsSql(stateDir: string, without?: readonly string[]): string {
  return allViews(stateDir, without)
    .map(({ name, about, sql }) => `-- ${about}\nCREATE OR REPLACE VIEW ${name} AS\n  ${sql};\n`)
    .join("\n");
}

/** A new in-memory instance: no lock, nothing shared with another one in this process. `close` frees it. */
export async function openMemory(limits: { memoryMiB: number; threads: number }): Promise<{ connection: DuckDBConnection; close(): void }> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${limits.memoryMiB}MiB`,
    threads: String(limits.threads),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    temp_directory: "",
  });
  return connected(instance);
}

async function connected(instance: DuckDBInstance): Promise<{ connection: DuckDBConnection; close(): void }> {
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Folders and empty files without which the views do not bind. Cheap when they are there. */
export async function ensureSources(stateDir: string): Promise<void> {
  try {
    makeFolder(places.journals(stateDir));
    const journal = join(places.journals(stateDir), emptyJournal);
    if (!existsSync(journal)) writeFileSync(journal, "", { mode: 0o600 });
    const empty = [{ path: join(places.events(stateDir), "_empty", "empty.parquet"), columns: eventColumns as View["columns"] }];
    for (const source of lakeSources(stateDir)) empty.push({ path: source.empty, columns: source.columns });
    const missing = empty.filter(({ path }) => !existsSync(path));
    if (missing.length > 0) await writeEmpty(missing);
  } catch (cause) {
    throw diskError(stateDir, cause);
  }
}

/** Parquet files without rows, each whole or not at all. */
async function writeEmpty(files: readonly { path: string; columns: View["columns"] }[]): Promise<void> {
  const { connection, close } = await openMemory({ memoryMiB: 64, threads: 1 });
  try {
    for (const { path, columns: of } of files) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = join(dirname(path), newId(".t"));
      const none = of.map(([name, type]) => `NULL::${type} AS "${name}"`).join(", ");
      await connection.run(`COPY (SELECT ${none} WHERE false) TO ${quoted(temporary)} (FORMAT parquet)`);
      chmodSync(temporary, 0o600);
      renameSync(temporary, path);
    }
  } finally {
    close();
  }
}

/**
 * Brings `agentctl.duckdb` up to date: written only when the views or the place of the state directory changed, under a temporary
 * name that is then renamed, so that readers never see half of it. We never open the file again: whoever opens it read-write locks
 * everybody else out, and our own questions are asked in memory over the same views.
 */
export async function ensureDatabase(stateDir: string): Promise<{ path: string; written: boolean }> {
  await ensureSources(stateDir);
  const path = join(stateDir, databaseName);
  const sql = viewsSql(stateDir);
  const stamp = join(stateDir, stampName);
  if (existsSync(path) && existsSync(stamp) && readFileSync(stamp, "utf8") === sql) return { path, written: false };
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const temporary = join(stateDir, `.${databaseName}.${newId("t")}`);
  try {
    const { connection, close } = await connected(await DuckDBInstance.create(temporary, { autoinstall_known_extensions: "false" }));
    try {
      await connection.run(sql);
    } finally {
      close();
    }
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
    writeWhole(stamp, sql);
  } catch (cause) {
    throw diskError(path, cause);
  } finally {
    for (const left of [temporary, `${temporary}.wal`]) rmSync(left, { force: true });
  }
  return { path, written: true };
}

function quotedGlob(folder: string, pattern: string): string {
  return quoted(join(literalGlob(folder), pattern));
}
