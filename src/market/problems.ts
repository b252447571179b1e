import { isoTime } from "../base/clock.ts";

/** What can be wrong with a row, and how it is said. A kind is listed once a row at most. */
export const problemKinds = {
  time: "its time cannot be read",
  "mixed-time": "its time is written in another way than the first row's",
  "no-such-time": "its time does not exist in that zone: clocks were put forward",
  "time-twice": "its time happened twice in that zone: clocks were put back",
  "mixed-zone": "its offset from UTC is not one of a single zone",
  future: "it lies in the future",
  empty: "a cell is empty",
  number: "a cell holds no finite number",
  price: "a price is not above zero",
  volume: "its volume is below zero",
  ohlc: "high is not the highest, or low is not the lowest",
  order: "it is older than the row before",
  duplicate: "the same bar once more",
  conflict: "another bar of the same time",
  grid: "it does not open where bars of this timeframe open",
  spacing: "it follows the row before in less than the timeframe",
} as const;

export type ProblemKind = keyof typeof problemKinds;

export interface Problem {
  /** As in the file, where the header is row 1 and empty lines are not counted; in a Parquet file and in the lake from 1. */
  row: number;
  time: string | null;
  kind: ProblemKind;
  /** What was found there. */
  found: string;
}

/** Listed by name; the rest is only counted. */
const listedMax = 100;

/** Everything wrong with the rows of a file: counted in full, listed to a bound. */
export class Problems {
  readonly counts = new Map<ProblemKind, number>();
  readonly listed: Problem[] = [];
  private readonly rows = new Set<number>();

  add(kind: ProblemKind, row: number, ms: number | null, found: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.rows.add(row);
    if (this.listed.length < listedMax) this.listed.push({ row, time: timeText(ms), kind, found: found.length > 120 ? `${found.slice(0, 119)}…` : found });
  }

  has(row: number): boolean {
    return this.rows.has(row);
  }

  /** Rows with at least one problem. */
  get bad(): number {
    return this.rows.size;
  }

  count(kind: ProblemKind): number {
    return this.counts.get(kind) ?? 0;
  }
}

/** RFC 3339, without milliseconds where there are none; null for what is no time. */
export function timeText(ms: number | null): string | null {
  if (ms === null || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return null;
  return isoTime(ms).replace(".000Z", "Z");
}
