import fc from "fast-check";
import { barColumns, barsOf, type Bars } from "../../src/strategy/bars.ts";

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** Rows of [ts, open, high, low, close, volume] as bars. */
export function barsFrom(rows: readonly (readonly number[])[]): Bars {
  return barsOf(rows.length, (_, column) => Float64Array.from(rows, (row) => row[column]!));
}

/** Bars as rows. */
export function rowsOf(bars: Bars): number[][] {
  return Array.from({ length: bars.length }, (_, at) => barColumns.map((name) => bars[name][at]!));
}

const price = fc.double({ min: 1e-7, max: 1e9, noNaN: true });
const volume = fc.oneof(
  fc.constant(Number.NaN),
  fc.double({ min: 0, max: 1e15, noNaN: true }).map((value) => value + 0),
);

/** Healthy one-minute bars without gaps, with any doubles that prices can be; volume is NaN here and there. */
export function healthyBars(size: { min: number; max: number } = { min: 6, max: 40 }): fc.Arbitrary<Bars> {
  const row = fc.tuple(price, price, price, price, volume);
  return fc.tuple(fc.array(row, { minLength: size.min, maxLength: size.max }), fc.integer({ min: 2_000_000, max: 28_000_000 })).map(([rows, startMinutes]) =>
    barsFrom(
      rows.map(([a, b, c, d, v], at) => {
        const [open, close] = [a, b];
        return [(startMinutes + at) * minuteMs, open, Math.max(open, close, c, d), Math.min(open, close, c, d), close, v];
      }),
    ),
  );
}

/** The same bits, one NaN like the other. */
export function sameBars(one: Bars, other: Bars): boolean {
  return one.length === other.length && barColumns.every((name) => one[name].every((value, at) => Object.is(value, other[name][at])));
}
