import { createReadStream } from "node:fs";
import { createHash } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { barRows, tooMany, type NumberPiece, type RowRules, type RowsRead, type TimePiece } from "../market/bar-rows.ts";
import { mapColumns, type ColumnMapping } from "../market/column-mapping.ts";
import { fileKind, requireLastLine } from "../market/csv-dialect.ts";
import type { FileSource } from "../market/data-set.ts";
import type { TimeKind } from "../market/read-time.ts";
import type { BarColumn } from "../strategy/bars.ts";
import { parquetColumns, readTable, type TableFile, type WantedColumn } from "../trace/read-table.ts";

/** How a file is to be read; what is not given is recognised, and said in the answer. */
export interface BarsFileAsked extends Omit<FileSource, "kind" | "path" | "sha256" | "mapping"> {
  /** Absolute. */
  path: string;
  timeframeMs: number;
  /** `open=Open`. */
  map?: readonly string[] | undefined;
  rowsMax?: number | undefined;
}

export interface BarsFileRead extends RowsRead {
  format: TableFile["format"];
  mapping: ColumnMapping;
}

export const usualRowsMax = 5_000_000;

/** Reads the bars of a CSV or Parquet file, in its order, with everything that is wrong with them. Errors (exit usage): those of finding out what the file is. */
export async function readBarsFile(asked: BarsFileAsked): Promise<BarsFileRead> {
  const { rowsMax = usualRowsMax } = asked;
  const { file, kinds } = await recognised(asked.path, asked.decimal ?? ".", rowsMax);
  const mapping = mapColumns([...kinds.keys()], asked.map);
  const { time, ...numbers } = mapping;
  const named = Object.entries(numbers).filter((entry): entry is [BarColumn, string] => entry[1] !== undefined);
  const wanted = [timeColumn(time, kinds.get(time), asked.timeFormat), ...named.map(([, name]): WantedColumn => ({ name, as: "number" }))];
  const reader = barRows(rulesOf(asked, rowsMax, file));
  for await (const [first, ...others] of readTable(file, wanted)) {
    if (first === undefined) continue;
    const columns: Partial<Record<BarColumn, NumberPiece>> = {};
    named.forEach(([name], index) => {
      const piece = others[index];
      if (piece !== undefined && piece.as !== "text") columns[name] = piece;
    });
    reader.add(
      first.as === "text" ? { texts: first.values } : ({ ...first, kind: momentKind(kinds.get(time), asked.timeFormat) } satisfies TimePiece),
      columns,
    );
  }
  const read = reader.end();
  if (read.bars.length === 0) throw nothing(asked.path, read);
  return { ...read, format: file.format, mapping };
}

type ColumnType = { kind: WantedColumn["as"]; moment?: TimeKind | undefined };

async function recognised(path: string, decimal: "." | ",", rowsMax: number): Promise<{ file: TableFile; kinds: Map<string, ColumnType> }> {
  const kind = fileKind(path);
  if (kind.format === "parquet") {
    const { columns, rows } = await parquetColumns(path);
    if (rows > rowsMax) throw tooMany(rowsMax, rows);
    return { file: { format: "parquet", path }, kinds: new Map(columns.map(({ name, ...type }) => [name, type])) };
  }
  const { columns, header, delimiter, rowsAbout } = kind;
  // Lines differ in length, so what only just seems too long is read until it is.
  if (rowsAbout > rowsMax * 2) throw tooMany(rowsMax, rowsAbout);
  requireLastLine(path, kind.bytes);
  return { file: { format: "csv", path, columns, header, delimiter, decimal }, kinds: new Map(columns.map((name) => [name, { kind: "text" }])) };
}

/** Numbers of seconds or milliseconds are read from their digits, whole: a double would lose nanoseconds. */
function timeColumn(name: string, type: ColumnType | undefined, format: string | undefined): WantedColumn {
  return type?.kind === "time" || format !== undefined ? { name, as: "time", format } : { name, as: "text" };
}

function momentKind(type: ColumnType | undefined, format: string | undefined): TimeKind {
  if (format !== undefined) return /%z/i.test(format) ? "UTC offset" : /%[HI]/.test(format) ? "wall clock" : "date";
  return type?.moment ?? "wall clock";
}

function rulesOf(asked: BarsFileAsked, rowsMax: number, file: TableFile): RowRules {
  return {
    timeframeMs: asked.timeframeMs,
    timezone: asked.timezone,
    overlaps: asked.overlaps ?? "refuse",
    sinceMs: asked.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(asked.since),
    untilMs: asked.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(asked.until),
    nowMs: systemClock.nowMs(),
    rowsMax,
    firstRow: file.format === "csv" && file.header ? 2 : 1,
  };
}

function nothing(path: string, { outside, forming }: RowsRead): AgentctlError {
  const why = outside + forming === 0 ? "no rows" : `no bars: ${outside} rows lie outside the range, ${forming} have not closed yet`;
  return new AgentctlError("market/no-bars", `${path} has ${why}`, { hint: "give a file with bars", exit: "usage" });
}

/** SHA-256 of a file of any size. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
