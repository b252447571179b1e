import { AgentctlError } from "../base/errors.ts";
import { barColumns, barsOf, type BarColumn, type Bars } from "../strategy/bars.ts";
import { Problems } from "./problems.ts";
import { readTime, type TimeKind } from "./read-time.ts";
import { openZone, type Zone } from "./zone.ts";

/** Times of some rows: as text, or as numbers of one kind; `unread` holds the text of what was none. */
export type TimePiece = { texts: readonly string[] } | { kind: TimeKind; values: Float64Array; unread: ReadonlyMap<number, string> };
/** Numbers of some rows: NaN where `unread` holds what stands there instead. */
export interface NumberPiece {
  values: Float64Array;
  unread: ReadonlyMap<number, string>;
}

export interface RowRules {
  timeframeMs: number;
  /** Zone of wall clocks; UTC when not given. Bars of a day and more then stand at midnight UTC of their date there. */
  timezone?: string | undefined;
  overlaps: "refuse" | "in-order";
  /** Opening times from here on, and before there, in ms. */
  sinceMs: number;
  untilMs: number;
  /** A bar that has not closed by now is left out. */
  nowMs: number;
  /** More rows are refused. */
  rowsMax: number;
  /** Number of the first row. */
  firstRow: number;
}

export interface RowsRead {
  /** In the file's order, whatever that is; bad rows included. */
  bars: Bars;
  /** Row of each bar. */
  rows: Float64Array;
  problems: Problems;
  /** How its times are written; undefined when there are no rows. */
  written: TimeKind | undefined;
  outside: number;
  /** Not closed yet. */
  forming: number;
  /** Local times that happened twice and were told apart by their order. */
  resolved: number;
}

const dayMs = 86_400_000;

/** Makes bars of the rows of a file, piece by piece. Nothing is repaired: what is wrong with a row becomes a problem. */
export function barRows(rules: RowRules): { add(time: TimePiece, numbers: Partial<Record<BarColumn, NumberPiece>>): void; end(): RowsRead } {
  const kept = new Columns();
  const problems = new Problems();
  const times = timeRules(rules, problems);
  let row = rules.firstRow;
  let outside = 0;
  let forming = 0;

  return {
    add(time, numbers) {
      const length = "texts" in time ? time.texts.length : time.values.length;
      if (row - rules.firstRow + length > rules.rowsMax) throw tooMany(rules.rowsMax);
      for (let at = 0; at < length; at += 1, row += 1) {
        const ms = times.read(time, at, row);
        if (ms < rules.sinceMs || ms >= rules.untilMs) outside += 1;
        else if (ms <= rules.nowMs && ms + rules.timeframeMs > rules.nowMs) forming += 1;
        else {
          if (ms > rules.nowMs) problems.add("future", row, ms, "later than now");
          kept.push(row, ms, numbers, at);
          checkCells(problems, row, ms, numbers, at);
        }
      }
    },
    end: () => ({ ...kept.whole(), problems, written: times.written(), outside, forming, resolved: times.resolved() }),
  };
}

/** The error of a file with more rows than are wanted. */
export function tooMany(rowsMax: number, about?: number): AgentctlError {
  const found = about === undefined ? `more than ${rowsMax} rows` : `about ${about} rows, more than ${rowsMax}`;
  return new AgentctlError("market/too-many-rows", `the file has ${found}, and bars are held in memory whole (about 400 bytes a row at the peak)`, {
    hint: "--rows-max N  where there is memory for them, or a longer timeframe, or a part of the file",
    exit: "usage",
  });
}

function checkCells(problems: Problems, row: number, ms: number, numbers: Partial<Record<BarColumn, NumberPiece>>, at: number): void {
  for (const column of barColumns) {
    const text = numbers[column]?.unread.get(at);
    // A volume that is not given is not known, and that is no mistake.
    if (text === undefined || (column === "volume" && text.trim() === "")) continue;
    problems.add(text.trim() === "" ? "empty" : "number", row, ms, `${column} is ${JSON.stringify(text)}`);
  }
}

/** Turns written times into moments, and watches that all are written alike. */
function timeRules(
  rules: RowRules,
  problems: Problems,
): { read(time: TimePiece, at: number, row: number): number; written(): TimeKind | undefined; resolved(): number } {
  const zone = openZone(rules.timezone ?? "UTC");
  const offsets: number[] = [];
  let first: TimeKind | undefined;
  let before = Number.NEGATIVE_INFINITY;
  let resolved = 0;

  const momentOf = (wallMs: number, row: number): number => {
    if (rules.timezone === undefined) return wallMs;
    if (rules.timeframeMs >= dayMs) return wallMs;
    const moments = zone.moments(wallMs);
    if (moments.length === 1) return moments[0] as number;
    if (moments.length === 0) problems.add("no-such-time", row, wallMs, `no clock in ${rules.timezone} shows this`);
    else if (rules.overlaps === "refuse") problems.add("time-twice", row, wallMs, `clocks in ${rules.timezone} show it twice`);
    else {
      resolved += 1;
      return moments.find((ms) => ms > before) ?? (moments.at(-1) as number);
    }
    return moments[0] ?? wallMs;
  };

  const read = (time: TimePiece, at: number, row: number): number => {
    const text = "texts" in time ? (time.texts[at] as string) : time.unread.get(at);
    const found = text === undefined && "values" in time ? { kind: time.kind, ms: time.values[at] as number } : readTime(text ?? "");
    if (found === undefined) {
      problems.add("time", row, null, JSON.stringify(text));
      return Number.NaN;
    }
    first ??= found.kind;
    if (found.kind !== first) problems.add("mixed-time", row, found.ms, `${found.kind} where the first row has ${first}`);
    const offset = "offsetMinutes" in found ? found.offsetMinutes : undefined;
    if (offset !== undefined && !fits(offsets, offset))
      problems.add("mixed-zone", row, found.ms, `${offset} minutes from UTC, others ${offsets.join(" and ")}`);
    if (found.kind === "wall clock") return dated(momentOf(found.ms, row), true, rules, zone);
    return dated(found.ms, found.kind === "date", rules, zone);
  };

  return {
    read(time, at, row) {
      const ms = read(time, at, row);
      if (ms > before) before = ms;
      return ms;
    },
    written: () => first,
    resolved: () => resolved,
  };
}

/** Bars of days are named by their date: with a zone, midnight UTC of the date that the zone had then. */
function dated(ms: number, isWall: boolean, { timezone, timeframeMs }: RowRules, zone: Zone): number {
  if (timezone === undefined || timeframeMs < dayMs) return ms;
  const wallMs = isWall ? ms : zone.wall(ms);
  return Math.floor(wallMs / dayMs) * dayMs;
}

/** One zone has two offsets, an hour apart at most; more is a mixture. */
function fits(offsets: number[], offset: number): boolean {
  if (offsets.includes(offset)) return true;
  if (offsets.length > 1 || (offsets.length === 1 && Math.abs((offsets[0] as number) - offset) > 60)) return false;
  offsets.push(offset);
  return true;
}

/** Columns that grow. */
class Columns {
  private size = 0;
  private readonly columns: Record<BarColumn | "row", Float64Array> = {
    ...(Object.fromEntries(barColumns.map((name) => [name, new Float64Array(4096)])) as Record<BarColumn, Float64Array>),
    row: new Float64Array(4096),
  };

  push(row: number, ms: number, numbers: Partial<Record<BarColumn, NumberPiece>>, at: number): void {
    if (this.size === this.columns.row.length) this.grow();
    const { columns, size } = this;
    columns.row[size] = row;
    columns.ts[size] = ms;
    // Zero has one sign.
    for (const name of barColumns) if (name !== "ts") columns[name][size] = (numbers[name]?.values[at] ?? Number.NaN) + 0;
    this.size += 1;
  }

  whole(): { bars: Bars; rows: Float64Array } {
    const cut = (name: BarColumn | "row"): Float64Array => this.columns[name].subarray(0, this.size);
    const bars = barsOf(this.size, cut);
    return { bars, rows: cut("row") };
  }

  private grow(): void {
    for (const name of [...barColumns, "row"] as const) {
      const larger = new Float64Array(this.columns[name].length * 2);
      larger.set(this.columns[name]);
      this.columns[name] = larger;
    }
  }
}
