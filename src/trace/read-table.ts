import type { DuckDBVector } from "@duckdb/node-api";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { openMemory } from "./duckdb.ts";
import { literalGlob, ownColumns, quoted } from "./sql-text.ts";

/** A file of rows: CSV as it was recognised (nothing is guessed here), or Parquet. */
export type TableFile =
  | { format: "parquet"; path: string }
  | {
      format: "csv";
      path: string;
      /** In order; of a file without a header, made up. */
      columns: readonly string[];
      header: boolean;
      delimiter: string;
      /** What stands before the decimals of its numbers. */
      decimal: "." | ",";
    };

/** How a column is wanted: numbers as they are written; times as ms of the wall clock, by a format in strptime's words where one is given. */
export interface WantedColumn {
  name: string;
  as: "number" | "time" | "text";
  format?: string | undefined;
}

/** A piece of a column. */
export type ColumnPiece =
  /** `unread` holds the text of every row whose value is no finite number; those are NaN. */
  { as: "number" | "time"; values: Float64Array; unread: ReadonlyMap<number, string> } | { as: "text"; values: readonly string[] };

const limits = { memoryMiB: 512, threads: 2 };

export interface ParquetColumn {
  name: string;
  kind: WantedColumn["as"];
  /** Of times: what they are moments of. */
  moment?: "date" | "wall clock" | "UTC offset" | undefined;
}

/** Columns of a Parquet file, and whether each holds times, numbers or text; rows by its own count. Errors: trace/bad-table. */
export async function parquetColumns(path: string): Promise<{ columns: ParquetColumn[]; rows: number }> {
  const { connection, close } = await openMemory(limits);
  try {
    const file = quoted(literalGlob(path));
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${file}, ${ownColumns})`);
    const columns = described.getRows().map(([name, type]) => ({ name: String(name), ...kindOf(String(type)) }));
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet(${file}, ${ownColumns})`);
    return { columns, rows: Number(counted.getRows()[0]?.[0]) };
  } catch (cause) {
    throw badTable(path, cause);
  } finally {
    close();
  }
}

function kindOf(type: string): Omit<ParquetColumn, "name"> {
  if (type === "DATE") return { kind: "time", moment: "date" };
  if (type.startsWith("TIMESTAMP")) return { kind: "time", moment: type.endsWith("TIME ZONE") ? "UTC offset" : "wall clock" };
  return { kind: /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL)/.test(type) ? "number" : "text" };
}

/** The rows of a file in its order, piece by piece: memory does not grow with the file. Errors: trace/bad-table with the line where it is known. */
export async function* readTable(file: TableFile, wanted: readonly WantedColumn[]): AsyncGenerator<ColumnPiece[]> {
  const { connection, close } = await openMemory(limits);
  try {
    const columns = wanted.flatMap((column) => expressions(file, column));
    const result = await connection.stream(`SELECT ${columns.join(", ")} FROM ${source(file)}`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      let at = 0;
      const rows = chunk.rowCount;
      const next = (): DuckDBVector => chunk.getColumnVector(at++);
      yield wanted.map(({ as }): ColumnPiece => (as === "text" ? { as, values: texts(next(), rows) } : { as, ...numbers(next(), next(), rows) }));
    }
  } catch (cause) {
    throw badTable(file.path, cause);
  } finally {
    close();
  }
}

function source(file: TableFile): string {
  const path = quoted(literalGlob(file.path));
  if (file.format === "parquet") return `read_parquet(${path}, ${ownColumns})`;
  const columns = file.columns.map((name) => `${quoted(name)}: 'VARCHAR'`).join(", ");
  const dialect = `delim = ${quoted(file.delimiter)}, quote = '"', escape = '"', header = ${file.header}`;
  return `read_csv(${path}, auto_detect = false, columns = {${columns}}, ${dialect}, nullstr = '', compression = 'none', ${ownColumns}, max_line_size = 1048576)`;
}

/** Characters of a text that are read; no time has as many. A Parquet file of 2 KB can hold gigabytes of one long text. */
const textMax = 200;

/** SQL of a column; of numbers and times two: the value, and the text of what is none. */
function expressions(file: TableFile, { name, as, format }: WantedColumn): string[] {
  const column = `"${name.replaceAll('"', '""')}"`;
  const text = `left(coalesce(CAST(${column} AS VARCHAR), ''), ${textMax})`;
  if (as === "text") return [text];
  const value = as === "time" ? time(column, format) : number(file, column);
  return [`coalesce(${value}, 'nan'::DOUBLE)`, `CASE WHEN ${value} IS NULL OR NOT isfinite(${value}) THEN ${text} END`];
}

function number(file: TableFile, column: string): string {
  if (file.format === "parquet") return `CAST(${column} AS DOUBLE)`;
  // With a decimal comma a point could only be a separator of thousands, and those are not guessed.
  return file.decimal === "."
    ? `TRY_CAST(${column} AS DOUBLE)`
    : `CASE WHEN contains(${column}, '.') THEN NULL ELSE TRY_CAST(replace(${column}, ',', '.') AS DOUBLE) END`;
}

function time(column: string, format: string | undefined): string {
  const moment = format === undefined ? column : `try_strptime(CAST(${column} AS VARCHAR), ${quoted(format)})`;
  return `(epoch_us(${moment}) / 1000.0)`;
}

function numbers(values: DuckDBVector, unread: DuckDBVector, rows: number): { values: Float64Array; unread: ReadonlyMap<number, string> } {
  const { items } = values as { items?: unknown };
  if (!(items instanceof Float64Array)) throw new AgentctlError("trace/bad-table", "a column that should hold numbers holds none");
  const copy = items.slice(0, rows);
  const found = new Map<number, string>();
  for (let row = 0; row < rows; row += 1) {
    const text = unread.getItem(row);
    if (text === null) continue;
    found.set(row, String(text));
    copy[row] = Number.NaN;
  }
  return { values: copy, unread: found };
}

function texts(vector: DuckDBVector, rows: number): string[] {
  return Array.from({ length: rows }, (_, row) => String(vector.getItem(row)));
}

/** What DuckDB says of a file, without its advice on its own options. */
function badTable(path: string, cause: unknown): unknown {
  if (cause instanceof AgentctlError) return cause;
  const said = messageOf(cause);
  const line = /CSV Error on Line: (\d+)/.exec(said)?.[1];
  const what = said.match(/(Expected Number of Columns: \d+ Found: \d+|Invalid unicode[^.\n]*|Maximum line size[^.\n]*|[Uu]nterminated quote[^.\n]*)/)?.[0];
  const mixed = /state machine reached an invalid state/.test(said) ? "some of its lines end in LF, others in CRLF, or a quote is misplaced" : undefined;
  const found = what ?? mixed ?? said.split("\n")[0] ?? said;
  return new AgentctlError("trace/bad-table", `${path}${line === undefined ? "" : ` line ${line}`} cannot be read: ${found}`, { exit: "usage", cause });
}
