import fc from "fast-check";
import { expect, test } from "vitest";
import { seeded } from "../../../src/base/seeded.ts";
import { putTogether, randomOrders, takeApart, type TakenApart } from "../../../src/backtest/statistics/permuted-bars.ts";
import type { Bars } from "../../../src/strategy/bars.ts";
import { walkBars } from "../../support/walk-bars.ts";

const ratio = (above: Float64Array, below: Float64Array, i: number): number => (above[i] as number) / (below[i] as number);

function shapes({ length, open, high, low, close, volume }: Bars): string[] {
  return Array.from({ length }, (_, i) => [high, low, close].map((column) => ratio(column, open, i).toPrecision(10)).join(" ") + String(volume[i]));
}

function gaps({ length, open, close }: Bars): number[] {
  const all = Array.from({ length: length - 1 }, (_, i) => Math.log(ratio(open.subarray(1), close, i)));
  return all.toSorted((a, b) => a - b);
}

function apartOf(bars: Bars): TakenApart {
  const apart = takeApart(bars);
  if (apart === undefined) throw new Error("not above zero");
  return apart;
}

test("every gap and every shape comes back, in another order, at the same times", () => {
  const bars = walkBars({ length: 300, seed: 3, drift: 0.001 });
  const apart = apartOf(bars);
  const made = putTogether(apart, randomOrders(300, seeded(11)));
  expect(made.ts).toEqual(bars.ts);
  expect(shapes(made).toSorted()).toEqual(shapes(bars).toSorted());
  expect(shapes(made)).not.toEqual(shapes(bars));
  const drift = Math.log((bars.close[299] as number) / (bars.close[0] as number)) / 299;
  gaps(made).forEach((gap, i) => expect(gap).toBeCloseTo(gaps(bars)[i]! - drift, 10));
});

test("without its drift, every order of the bars ends where its first bar closed", () => {
  const bars = walkBars({ length: 200, seed: 5, drift: 0.004 });
  const apart = apartOf(bars);
  expect((bars.close[199] as number) / (bars.close[0] as number)).toBeGreaterThan(1.5);
  expect(putTogether(apart).close[199]).toBeCloseTo(bars.close[0] as number, 8);
  for (const seed of [1, 2, 3]) expect(putTogether(apart, randomOrders(200, seeded(seed))).close[199]).toBeCloseTo(bars.close[0] as number, 8);
});

test("a seed gives the same order again, another seed another", () => {
  expect(randomOrders(50, seeded(1))).toEqual(randomOrders(50, seeded(1)));
  expect(randomOrders(50, seeded(1))).not.toEqual(randomOrders(50, seeded(2)));
});

test("prices that are not above zero have no logarithm", () => {
  const bars = walkBars({ length: 10, seed: 1 });
  expect(takeApart({ ...bars, low: bars.low.map((price, i) => (i === 4 ? 0 : price)) })).toBeUndefined();
  expect(takeApart({ ...bars, low: bars.low.map((price, i) => (i === 4 ? Number.NaN : price)) })).toBeUndefined();
});

test("bars stay bars: high above, low below", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer(), (length, seed) => {
      const made = putTogether(apartOf(walkBars({ length, seed: Math.abs(seed) })), randomOrders(length, seeded(Math.abs(seed))));
      for (let i = 0; i < length; i += 1) {
        expect((made.high[i] as number) >= Math.max(made.open[i] as number, made.close[i] as number)).toBe(true);
        expect((made.low[i] as number) <= Math.min(made.open[i] as number, made.close[i] as number) && (made.low[i] as number) > 0).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
