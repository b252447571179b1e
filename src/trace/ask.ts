import type { DuckDBConnection, DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { ensureSources, openMemory, viewsSql } from "./duckdb.ts";
import { lakeSources } from "./lake-views.ts";
import { places } from "./places.ts";
import { badQuery, refused, requireSelect } from "./sql-guard.ts";
import { literalGlob, quoted } from "./sql-text.ts";
import { plain, type Plain } from "./sql-values.ts";

export interface AskOptions {
  memoryMiB?: number;
  threads?: number;
  timeoutMs?: number;
  /** More rows are not fetched; the answer says so. */
  rowsMax?: number;
  /** Runs, with all their parts, that no view shows anything of. */
  without?: readonly string[];
}

export interface Column {
  name: string;
  /** DuckDB's name of the type. */
  type: string;
}

/** An answer as DuckDB holds it, for writing it elsewhere. */
export interface RawAnswer {
  columns: (Column & { of: DuckDBType })[];
  chunks: DuckDBDataChunk[];
  rows: number;
  truncated: boolean;
}

export interface Answer {
  columns: Column[];
  /** One list a row, in the order of the columns. */
  rows: Plain[][];
  truncated: boolean;
}

/**
 * Asks SQL that a user or an agent wrote, over the views of `views.ts`, in memory. It can read the record and compute, nothing else:
 * one SELECT, no file outside journal and lake, no setting, no network, no extension, bounded in memory, threads, time and rows.
 * Errors: trace/bad-query, trace/query-refused (exit usage), trace/query-memory, trace/query-timeout (exit timeout).
 */
export async function ask(stateDir: string, sql: string, options: AskOptions = {}): Promise<Answer> {
  const { columns, chunks, truncated } = await askRaw(stateDir, sql, options);
  const json = columns.map(({ of }) => of.alias === "JSON");
  const rows = chunks.flatMap((chunk) => chunk.getRows()).map((row) => row.map((value, index) => plain(value, json[index])));
  return { columns: columns.map(({ name, type }) => ({ name, type })), rows, truncated };
}

/** As `ask`, with the values as DuckDB has them. */
export async function askRaw(stateDir: string, sql: string, options: AskOptions = {}): Promise<RawAnswer> {
  try {
    return await askOnce(stateDir, sql, options);
  } catch (error) {
    // A journal was closed between DuckDB's look at the folder and its look at the file: then its rows are in the lake.
    if (error instanceof AgentctlError && /No such file or directory/.test(messageOf(error.cause))) return askOnce(stateDir, sql, options);
    throw error;
  }
}

async function askOnce(stateDir: string, sql: string, options: AskOptions): Promise<RawAnswer> {
  const { memoryMiB = 512, threads = 2, timeoutMs = 30_000, rowsMax = 100_000 } = options;
  await ensureSources(stateDir);
  const { connection, close } = await openMemory({ memoryMiB, threads });
  const late = new AgentctlError("trace/query-timeout", `the query did not end within ${timeoutMs} ms`, {
    hint: "agentctl query --timeout …",
    exit: "timeout",
  });
  let expired = false;
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      expired = true;
      connection.interrupt();
      reject(late);
    }, timeoutMs);
  });
  const asked = (async () => {
    await connection.run(viewsSql(stateDir, options.without));
    await lock(connection, stateDir);
    await requireSelect(connection, sql);
    return fetchAll(connection, sql, rowsMax);
  })();
  // The instance is freed when the query has really ended, which after an interrupt may be a moment later.
  void asked.then(close, close);
  try {
    return await Promise.race([asked, expiry]);
  } catch (cause) {
    throw expired ? late : worded(cause);
  } finally {
    clearTimeout(timer);
  }
}

/** From here on neither settings nor files can be reached; only SELECTs come after it. */
async function lock(connection: DuckDBConnection, stateDir: string): Promise<void> {
  const folders = [places.journals(stateDir), places.events(stateDir), ...lakeSources(stateDir).map(({ folder }) => folder)];
  // The permission is checked on the glob as it is written, then on each file that it finds.
  const allowed = [...new Set([...folders, ...folders.map(literalGlob)])].map(quoted).join(", ");
  await connection.run(`SET allowed_directories = [${allowed}]; SET enable_external_access = false; SET lock_configuration = true`);
}

async function fetchAll(connection: DuckDBConnection, sql: string, rowsMax: number): Promise<RawAnswer> {
  const { StatementType } = await import("@duckdb/node-api");
  const statements = await connection.extractStatements(sql);
  const prepared = await statements.prepare(0);
  if (statements.count !== 1 || prepared.statementType !== StatementType.SELECT) throw refused("only SELECT may be asked");
  const result = await prepared.stream();
  const types = result.columnTypes();
  const columns = result.deduplicatedColumnNames().flatMap((name, index) => {
    const of = types[index];
    return of === undefined ? [] : [{ name, type: of.alias ?? String(of), of }];
  });
  const answer: RawAnswer = { columns, chunks: [], rows: 0, truncated: false };
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const room = rowsMax - answer.rows;
    if (chunk.rowCount > room) {
      answer.truncated = true;
      if (room > 0) {
        chunk.rowCount = room;
        answer.chunks.push(chunk);
        answer.rows += room;
      }
      break;
    }
    answer.chunks.push(chunk);
    answer.rows += chunk.rowCount;
  }
  return answer;
}

/** DuckDB's errors have no code; their first words tell the kinds apart. */
function worded(cause: unknown): unknown {
  if (cause instanceof AgentctlError) return cause;
  const said = messageOf(cause).replace(/^Failed to extract statements: /, "");
  if (said.startsWith("Out of Memory Error")) {
    return new AgentctlError("trace/query-memory", "the query needs more memory than it may use", {
      hint: "aggregate first, select fewer rows, or raise query.memoryMiB: agentctl config show",
      cause,
    });
  }
  if (/^(Permission Error|IO Error|HTTP Error)/.test(said)) return refused(`it may read the record only (${said.split("\n")[0] ?? ""})`, cause);
  if (/^[A-Z][A-Za-z ]+ Error:/.test(said) && !said.startsWith("INTERNAL")) return badQuery(said, cause);
  return new AgentctlError("trace/query-failed", `the query failed: ${said}`, { cause });
}
