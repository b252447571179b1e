import { barColumns, barsOf, type Bars } from "../strategy/bars.ts";
import type { Candle } from "./exchange.ts";
import { orderOfTime, pickBars } from "./pick-bars.ts";
import { timeText } from "./problems.ts";

/** A candle that was one thing when it was first seen, and another later. */
export interface ChangedCandle {
  time: string;
  was: readonly number[];
  is: readonly number[];
}

export interface MergedBars {
  bars: Bars;
  /** Of closed candles that changed, the first hundred; the later word of the exchange is in `bars`. */
  changed: ChangedCandle[];
  changedCount: number;
  /** Candles that came more than once, and were the same. */
  repeated: number;
}

const listedMax = 100;

/** Puts candles beside the bars that were there: each time once, in order. A candle without a volume has NaN. */
export function mergeCandles(bars: Bars | undefined, pages: readonly (readonly Candle[])[]): MergedBars {
  const places = new Map<number, number>();
  const rows: Candle[] = [];
  const merged: Pick<MergedBars, "changed" | "changedCount" | "repeated"> = { changed: [], changedCount: 0, repeated: 0 };
  const add = (candle: Candle): void => {
    const [ts] = candle;
    const place = places.get(ts);
    if (place === undefined) places.set(ts, rows.push(candle) - 1);
    else if (same(rows[place] as Candle, candle)) merged.repeated += 1;
    else {
      merged.changedCount += 1;
      if (merged.changed.length < listedMax)
        merged.changed.push({ time: timeText(ts) ?? String(ts), was: (rows[place] as Candle).slice(1), is: candle.slice(1) });
      rows[place] = candle;
    }
  };
  for (let at = 0; at < (bars?.length ?? 0); at += 1) add(barColumns.map((name) => bars?.[name][at] as number) as unknown as Candle);
  for (const page of pages)
    for (const [ts, open, high, low, close, volume] of page) add([ts, numeric(open), numeric(high), numeric(low), numeric(close), numeric(volume)]);
  const whole = barsOf(rows.length, (_, column) => Float64Array.from(rows, (row) => row[column] as number));
  return { bars: pickBars(whole, orderOfTime(whole)), ...merged };
}

/** JSON has null where a number is missing. */
function numeric(value: number | null | undefined): number {
  return typeof value === "number" ? value + 0 : Number.NaN;
}

function same(one: Candle, other: Candle): boolean {
  return one.every((value, column) => Object.is(value, other[column]));
}
