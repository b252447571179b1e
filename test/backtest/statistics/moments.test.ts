import { expect, test } from "vitest";
import { moments, sharpeRatio } from "../../../src/backtest/statistics/moments.ts";
import { median, quantile } from "../../../src/backtest/statistics/quantile.ts";

const wave = Float64Array.from({ length: 40 }, (_, i) => 0.01 * Math.sin((i + 1) * 0.37) + 0.002 * Math.cos((i + 1) ** 2 * 0.11));

// numpy 2.4.6 and scipy 1.17.1: mean, std(ddof=1), skew, kurtosis(fisher=False).
test("moments of a series", () => {
  const { count, mean, deviation, skewness, kurtosis } = moments(wave);
  expect(count).toBe(40);
  expect(mean).toBeCloseTo(0.0014222431845244041, 15);
  expect(deviation).toBeCloseTo(0.007280071442941655, 15);
  expect(skewness).toBeCloseTo(-0.3278602854117498, 12);
  expect(kurtosis).toBeCloseTo(1.6542258135921952, 12);
});

test("a Sharpe ratio that is undefined is null, not 0 and not infinite", () => {
  expect(sharpeRatio([0.01, 0.03])).toBeCloseTo(Math.SQRT2, 12);
  expect([[], [0.01], [0, 0, 0], [0.1, 0.1, 0.1], [0.1 + 0.2, 0.3], [0.01, Number.NaN], [0.01, Infinity]].map(sharpeRatio)).toEqual(Array(7).fill(null));
});

// numpy.quantile.
test("quantiles lie between the values", () => {
  const values = [3, 1, 4, 1, 5, 9, 2, 6];
  expect([0.05, 0.5, 0.95].map((share) => quantile(values, share))).toEqual([1, 3.5, 7.949999999999998]);
  expect([median([2]), median([]), values[0]]).toEqual([2, Number.NaN, 3]);
});
