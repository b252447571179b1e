import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { EquityCurve } from "../backtest/backtest.ts";
import { equityColumns, type Cell } from "../backtest/rows.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { diskError, makeFolder, syncFolder } from "./disk.ts";
import { doubles } from "./doubles.ts";
import { openMemory } from "./duckdb.ts";
import { places } from "./places.ts";
import { lakeColumns, resultTables, type LakeColumn, type ResultTable } from "./result-tables.ts";
import { literalGlob, ownColumns, quoted } from "./sql-text.ts";

export interface ResultRows {
  /** In the order of `orderColumns` and `tradeColumns`. */
  orders: readonly (readonly Cell[])[];
  trades: readonly (readonly Cell[])[];
  equity: EquityCurve;
}

const limits = { memoryMiB: 1024, threads: 2 };
const chunkRows = 2048;

/** Where a backtest's rows lie, or would. */
export function resultPath(stateDir: string, table: ResultTable, backtest: string): string {
  return join(places.results(stateDir), table, `${backtest}.parquet`);
}

/**
 * Writes the rows of one backtest; on disk when this returns, each file whole or not at all. The views show them from the record of the backtest's end
 * on, so that what a killed process leaves is never seen. Errors: trace/disk-full, trace/unwritable; then nothing of it stays.
 */
export async function writeResults(stateDir: string, of: { backtest: string; identity: string }, rows: ResultRows): Promise<void> {
  const written: string[] = [];
  const { connection, close } = await openMemory(limits);
  try {
    for (const table of resultTables) {
      const path = resultPath(stateDir, table, of.backtest);
      makeFolder(join(places.results(stateDir), table));
      const filled = table === "equity" ? await fillCurve(connection, rows.equity) : await fillRows(connection, table, rows[table]);
      await copyOut(connection, table, { ...of, path, rows: filled });
      written.push(path);
    }
  } catch (cause) {
    for (const path of written) rmSync(path, { force: true });
    throw diskError(places.results(stateDir), cause);
  } finally {
    close();
  }
}

/** Reads the rows of one backtest as they lie in the lake; undefined where a file is gone. Errors: trace/bad-results when one cannot be read. */
export async function readResults(stateDir: string, backtest: string): Promise<ResultRows | undefined> {
  if (!resultTables.every((table) => existsSync(resultPath(stateDir, table, backtest)))) return undefined;
  const { connection, close } = await openMemory(limits);
  try {
    const [orders, trades] = [await readRows(connection, stateDir, "orders", backtest), await readRows(connection, stateDir, "trades", backtest)];
    return { orders, trades, equity: await readCurve(connection, stateDir, backtest) };
  } catch (cause) {
    throw new AgentctlError("trace/bad-results", `the rows of ${backtest} in ${places.results(stateDir)} cannot be read`, {
      hint: `agentctl backtest reproduce ${backtest}`,
      exit: "verification",
      cause,
    });
  } finally {
    close();
  }
}

/** Numbers, times and truths go as doubles, NaN for none: vectors are copied whole, and DuckDB makes the types when it writes. */
async function fillRows(connection: DuckDBConnection, table: ResultTable, rows: ResultRows["orders"]): Promise<number> {
  const columns = lakeColumns[table];
  const { DOUBLE, VARCHAR, DuckDBDataChunk } = await import("@duckdb/node-api");
  await connection.run(`CREATE TABLE ${table} (${columns.map(({ name, type }) => `"${name}" ${type === "VARCHAR" ? "VARCHAR" : "DOUBLE"}`).join(", ")})`);
  const appender = await connection.createAppender(table);
  const types = columns.map(({ type }) => (type === "VARCHAR" ? VARCHAR : DOUBLE));
  for (let from = 0; from < rows.length; from += chunkRows) {
    const part = rows.slice(from, from + chunkRows);
    const chunk = DuckDBDataChunk.create(types, part.length);
    columns.forEach(({ type }, index) => {
      if (type === "VARCHAR")
        return chunk.setColumnValues(
          index,
          part.map((row) => row[index] ?? null),
        );
      const vector = chunk.getColumnVector(index);
      const values = doubles(vector);
      for (const [at, row] of part.entries()) values[at] = Number(row[index] ?? NaN);
      vector.flush();
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  return rows.length;
}

async function fillCurve(connection: DuckDBConnection, curve: EquityCurve): Promise<number> {
  const { DOUBLE, DuckDBDataChunk } = await import("@duckdb/node-api");
  await connection.run(`CREATE TABLE equity (${equityColumns.map((name) => `${name} DOUBLE`).join(", ")})`);
  const appender = await connection.createAppender("equity");
  const types = equityColumns.map(() => DOUBLE);
  for (let from = 0; from < curve.length; from += chunkRows) {
    const to = Math.min(from + chunkRows, curve.length);
    const chunk = DuckDBDataChunk.create(types, to - from);
    equityColumns.forEach((name, index) => {
      const vector = chunk.getColumnVector(index);
      doubles(vector).set(curve[name].subarray(from, to));
      vector.flush();
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  return curve.length;
}

async function copyOut(
  connection: DuckDBConnection,
  table: ResultTable,
  to: { backtest: string; identity: string; path: string; rows: number },
): Promise<void> {
  const folder = join(to.path, "..");
  const temporary = join(folder, `.${newId("t")}`);
  const select = lakeColumns[table].map((column) => `${typedCell(column)} AS "${column.name}"`).join(", ");
  try {
    const reader = await connection.runAndReadAll(
      `COPY (SELECT ${quoted(to.backtest)} AS backtest, ${quoted(to.identity)} AS identity, ${select} FROM ${table})
        TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const written = Number(reader.getRows()[0]?.[0]);
    if (written !== to.rows) throw new AgentctlError("trace/lake-incomplete", `${written} of ${to.rows} rows of ${table} reached the lake; nothing was kept`);
    chmodSync(temporary, 0o600);
    const handle = openSync(temporary, "r+");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, to.path);
    syncFolder(folder);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function typedCell({ name, type }: LakeColumn): string {
  if (type === "VARCHAR") return `"${name}"`;
  const number = `nullif("${name}", 'nan'::DOUBLE)`;
  if (type === "TIMESTAMP") return `make_timestamp((${number} * 1000)::BIGINT)`;
  return type === "DOUBLE" ? number : `${number}::${type}`;
}

async function readRows(connection: DuckDBConnection, stateDir: string, table: "orders" | "trades", backtest: string): Promise<Cell[][]> {
  const select = lakeColumns[table].map(({ name, type }) => (type === "TIMESTAMP" ? `epoch_ms("${name}")::DOUBLE` : `"${name}"`)).join(", ");
  const path = quoted(literalGlob(resultPath(stateDir, table, backtest)));
  const reader = await connection.runAndReadAll(`SELECT ${select} FROM read_parquet(${path}, ${ownColumns})`);
  return reader.getRows() as Cell[][];
}

async function readCurve(connection: DuckDBConnection, stateDir: string, backtest: string): Promise<EquityCurve> {
  const path = quoted(literalGlob(resultPath(stateDir, "equity", backtest)));
  const none = "'nan'::DOUBLE";
  const from = `SELECT coalesce(epoch_ms(ts)::DOUBLE, ${none}), coalesce(equity, ${none}), coalesce(exposure, ${none}) FROM read_parquet(${path}, ${ownColumns})`;
  const chunks = await (await connection.run(from)).fetchAllChunks();
  const length = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const [ts, equity, exposure] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
  let row = 0;
  for (const chunk of chunks) {
    for (const [index, column] of [ts, equity, exposure].entries()) column.set(doubles(chunk.getColumnVector(index)), row);
    row += chunk.rowCount;
  }
  return { length, ts, equity, exposure };
}
