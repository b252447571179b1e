/**
 * Price bars of one market as columns, oldest first. `ts` is the opening time of a bar in ms since the epoch (UTC), strictly rising; prices are in the
 * market's currency for one unit, volume in units (NaN where the source has none). Columns are views: whoever gets them reads only.
 */
export interface Bars {
  readonly length: number;
  readonly ts: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export const barColumns = ["ts", "open", "high", "low", "close", "volume"] as const;
export type BarColumn = (typeof barColumns)[number];

/** Bars of these columns. */
export function barsOf(length: number, column: (name: BarColumn, index: number) => Float64Array): Bars {
  const [ts, open, high, low, close, volume] = barColumns.map(column) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  return { length, ts, open, high, low, close, volume };
}

/** Bars `from` (inclusive) to `to` (exclusive), sharing the memory of the whole. */
export function sliceBars(bars: Bars, from: number, to: number = bars.length): Bars {
  const ts = bars.ts.subarray(from, to);
  return barsOf(ts.length, (name) => bars[name].subarray(from, to));
}
