import { barsOf, type Bars } from "../strategy/bars.ts";

/** Bars whose columns lie in memory that threads share: they go to a thread without being copied. */
export function sharedBars(bars: Bars): Bars {
  return barsOf(bars.length, (name) => {
    const shared = new Float64Array(new SharedArrayBuffer(bars.length * Float64Array.BYTES_PER_ELEMENT));
    shared.set(bars[name]);
    return shared;
  });
}
