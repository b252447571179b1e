import { barColumns, type BarColumn, type Bars } from "../strategy/bars.ts";

/** Bars whose columns lie in memory that threads share: they go to a thread without being copied. */
export function sharedBars(bars: Bars): Bars {
  const shared = {} as Record<BarColumn, Float64Array>;
  for (const column of barColumns) {
    shared[column] = new Float64Array(new SharedArrayBuffer(bars.length * Float64Array.BYTES_PER_ELEMENT));
    shared[column].set(bars[column]);
  }
  return { length: bars.length, ...shared };
}
