import { barsOf, type Bars } from "../strategy/bars.ts";

/** The bars at these places, in this order, as columns of their own. */
export function pickBars(bars: Bars, places: ArrayLike<number>): Bars {
  const { length } = places;
  return barsOf(length, (name) => {
    const column = new Float64Array(length);
    for (let at = 0; at < length; at += 1) column[at] = bars[name][places[at] as number] as number;
    return column;
  });
}

/** Places of the bars in the order of time; bars of the same time keep theirs. */
export function orderOfTime({ length, ts }: Bars): Uint32Array {
  const places = new Uint32Array(length);
  for (let at = 0; at < length; at += 1) places[at] = at;
  return places.toSorted((a, b) => (ts[a] as number) - (ts[b] as number) || a - b);
}
