import fc from "fast-check";
import { expect, test } from "vitest";
import { sparkline } from "../../src/telemetry/sparkline.ts";
import { judgeRate, rateOf } from "../../src/telemetry/wilson.ts";

test("known intervals; 1 of 1 is not 100 %", () => {
  const rounded = (hits: number, of: number): number[] => [rateOf(hits, of).low, rateOf(hits, of).high].map((edge) => Number(edge.toFixed(4)));
  expect(rounded(1, 1)).toEqual([0.2065, 1]);
  expect(rounded(0, 1)).toEqual([0, 0.7935]);
  expect(rounded(10, 10)).toEqual([0.7225, 1]);
  expect(rounded(81, 263)).toEqual([0.2553, 0.3662]);
  expect(rateOf(0, 0)).toEqual({ hits: 0, of: 0, share: null, low: 0, high: 1 });
});

const counts = fc.tuple(fc.nat(100_000), fc.nat(100_000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b, 1)] as const);

test("within 0 to 1, around the share, the mirror of its complement, narrower with more", () => {
  fc.assert(
    fc.property(counts, ([hits, of]) => {
      const { share, low, high } = rateOf(hits, of);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(share ?? -1);
      expect(high).toBeGreaterThanOrEqual(share ?? 2);
      expect(rateOf(of - hits, of).high).toBeCloseTo(1 - low, 9);
      const more = rateOf(hits * 4, of * 4);
      expect(more.high - more.low).toBeLessThan(high - low);
    }),
  );
});

test("a threshold is held, breached, or not to be told from so few", () => {
  expect(judgeRate(rateOf(1, 1), "min", 0.9)).toBe("unproven");
  expect(judgeRate(rateOf(100, 100), "min", 0.9)).toBe("held");
  expect(judgeRate(rateOf(8, 10), "min", 0.9)).toBe("breached");
  expect(judgeRate(rateOf(0, 0), "min", 0)).toBe("unproven");
  expect(judgeRate(rateOf(0, 100), "max", 0.05)).toBe("held");
  expect(judgeRate(rateOf(0, 3), "max", 0.05)).toBe("unproven");
  expect(judgeRate(rateOf(1, 10), "max", 0.05)).toBe("breached");
});

test("shares as bars", () => {
  expect(sparkline([0, 0.5, 0.99, 1, null])).toBe("▁▅██·");
});
