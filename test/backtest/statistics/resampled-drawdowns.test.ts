import { expect, test } from "vitest";
import { seeded } from "../../../src/base/seeded.ts";
import { quantile } from "../../../src/backtest/statistics/quantile.ts";
import { deepestDrawdown, resampledDrawdowns } from "../../../src/backtest/statistics/resampled-drawdowns.ts";

test("the deepest fall from a peak, from the start on", () => {
  expect(deepestDrawdown([0.1, -0.5, 0.2, -0.3, 1.5, -0.1])).toBeCloseTo(0.58, 12);
  expect(deepestDrawdown([-0.2, 0.5])).toBeCloseTo(0.2, 12);
  expect([deepestDrawdown([0.1, 0.1]), deepestDrawdown([]), deepestDrawdown([0.5, -1, 10]), deepestDrawdown([-1.5, 2])]).toEqual([0, 0, 1, 1]);
});

test("histories that could have been are the same for the same seed, and as long", () => {
  const returns = Float64Array.from({ length: 400 }, (_, i) => 0.01 * Math.sin(i * 1.7));
  const draw = (seed: number): Float64Array => resampledDrawdowns(returns, { resamples: 200, block: 10, chance: seeded(seed) });
  expect(draw(4)).toEqual(draw(4));
  expect(draw(4)).not.toEqual(draw(5));
  expect(draw(4)).toHaveLength(200);
});

test("losses that come together are drawn together", () => {
  // Ten losses in a row, once in a hundred bars: drawn one by one they hardly meet.
  const returns = Float64Array.from({ length: 1000 }, (_, i) => (i % 100 < 10 ? -0.03 : 0.005));
  const usual = (block: number): number => quantile(resampledDrawdowns(returns, { resamples: 300, block, chance: seeded(1) }), 0.5);
  expect(usual(50)).toBeGreaterThan(usual(1) + 0.05);
  expect(deepestDrawdown(returns)).toBeCloseTo(1 - 0.97 ** 10, 3);
});
