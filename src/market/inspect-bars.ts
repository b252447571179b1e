import type { Bars } from "../strategy/bars.ts";
import { timeframeOf } from "../strategy/timeframe.ts";
import type { DataSet } from "./data-set.ts";
import { timeText, type Problems } from "./problems.ts";

export interface InspectRules {
  timeframeMs: number;
  calendar: DataSet["calendar"];
}

export interface Inspected {
  /** The distance that most bars have from the one before, when that is not the timeframe. */
  spacing: string | null;
  /** Bars at the end that repeat one price: a source that had nothing new to say. */
  frozen: number;
}

const hourMs = 3_600_000;

/**
 * Looks at every bar by itself and beside the one before, in the order given; what is wrong is added to `problems`, with the row that `rowOf` names.
 * Cells that are no numbers are told apart elsewhere: here they only fail to be prices.
 */
export function inspectBars(bars: Bars, rules: InspectRules, problems: Problems, rowOf: (at: number) => number): Inspected {
  const spacingMs = usualSpacing(bars);
  // One statement, where each row would have its own.
  const fits = spacingMs === undefined || spacingMs === rules.timeframeMs;
  const grid = gridOf(bars, rules);
  for (let at = 0; at < bars.length; at += 1) {
    const row = rowOf(at);
    inspectPrices(bars, at, row, problems);
    inspectTime(bars, at, row, problems, fits ? rules.timeframeMs : 0);
    const ts = bars.ts[at] as number;
    if (fits && grid !== undefined && !Number.isNaN(ts) && mod(ts, rules.timeframeMs) !== grid)
      problems.add("grid", row, ts, `${mod(ts, rules.timeframeMs) - grid} ms off`);
  }
  return { spacing: fits ? null : spelled(spacingMs), frozen: frozenTail(bars) };
}

function inspectPrices({ ts, open, high, low, close, volume }: Bars, at: number, row: number, problems: Problems): void {
  const [o, h, l, c, v] = [open[at], high[at], low[at], close[at], volume[at]] as [number, number, number, number, number];
  const ms = ts[at] as number;
  const told = (): string => `open ${o}, high ${h}, low ${l}, close ${c}`;
  // What is not a number was added where its text is known.
  if (o <= 0 || h <= 0 || l <= 0 || c <= 0) problems.add("price", row, ms, told());
  if (h < o || h < c || h < l || l > o || l > c) problems.add("ohlc", row, ms, told());
  if (v < 0) problems.add("volume", row, ms, `volume ${v}`);
}

function inspectTime(bars: Bars, at: number, row: number, problems: Problems, timeframeMs: number): void {
  const ms = bars.ts[at] as number;
  if (!Number.isNaN(ms) && !Number.isInteger(ms)) problems.add("grid", row, ms, `${ms} is no whole millisecond`);
  if (at === 0) return;
  const distance = ms - (bars.ts[at - 1] as number);
  if (distance < 0) problems.add("order", row, ms, `before the row above it, which is of ${timeText(ms - distance)}`);
  else if (distance === 0) problems.add(sameBar(bars, at) ? "duplicate" : "conflict", row, ms, `close ${bars.close[at]}, and ${bars.close[at - 1]} before`);
  else if (distance < timeframeMs) problems.add("spacing", row, ms, `${distance / 1000} s after the row before`);
}

function sameBar({ open, high, low, close, volume }: Bars, at: number): boolean {
  return [open, high, low, close, volume].every((column) => Object.is(column[at], column[at - 1]));
}

/** The distance that most neighbours have; undefined below three bars, where there is nothing to compare. */
function usualSpacing({ length, ts }: Bars): number | undefined {
  if (length < 3) return undefined;
  const counts = new Map<number, number>();
  for (let at = 1; at < length; at += 1) {
    const distance = (ts[at] as number) - (ts[at - 1] as number);
    if (distance > 0) counts.set(distance, (counts.get(distance) ?? 0) + 1);
  }
  return mostCounted(counts);
}

/** The rest of most opening times by the timeframe: what is off it is a mistake, except where sessions move with daylight saving. */
function gridOf({ ts }: Bars, { timeframeMs, calendar }: InspectRules): number | undefined {
  if (calendar === "sessions" && hourMs % timeframeMs !== 0) return undefined;
  const counts = new Map<number, number>();
  for (const each of ts) {
    if (Number.isNaN(each)) continue;
    const rest = mod(each, timeframeMs);
    counts.set(rest, (counts.get(rest) ?? 0) + 1);
  }
  return mostCounted(counts);
}

function mostCounted(counts: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  for (const [value, count] of counts) if (best === undefined || count > (counts.get(best) as number)) best = value;
  return best;
}

function frozenTail({ length, open, high, low, close }: Bars): number {
  const last = close[length - 1];
  let at = length;
  while (at > 0 && [open, high, low, close].every((column) => column[at - 1] === last)) at -= 1;
  return length - at;
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function spelled(ms: number): string {
  return ms % 1000 === 0 ? timeframeOf(ms) : `${ms} ms`;
}
