import fc from "fast-check";
import { expect, test } from "vitest";
import { normalBelow, normalQuantile } from "../../../src/backtest/statistics/normal.ts";

// scipy 1.17.1, scipy.stats.norm.cdf and norm.ppf.
test.each([
  [-8, 6.22096057427174e-16],
  [-5.5, 1.898956246588768e-8],
  [-4.9, 4.791832765903185e-7],
  [-1, 0.15865525393145707],
  [0, 0.5],
  [0.3, 0.6179114221889526],
  [1.96, 0.9750021048517795],
  [6, 0.9999999990134123],
])("probability below %f", (x, expected) => {
  expect(Math.abs(normalBelow(x) / expected - 1)).toBeLessThan(1e-9);
  expect(Math.abs(normalBelow(x) - expected)).toBeLessThan(2e-16);
});

test.each([
  [1e-300, -37.0470962993612],
  [1e-10, -6.361340902404056],
  [0.001, -3.090232306167813],
  [0.3, -0.5244005127080409],
  [0.5, 0],
  [0.9, 1.2815515655446004],
  [1 - 1e-9, 5.997807019601637],
])("quantile of %f", (probability, expected) => {
  expect(Math.abs(normalQuantile(probability) - expected)).toBeLessThan(1e-9);
});

test("ends and nonsense", () => {
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.1), normalQuantile(Number.NaN), normalBelow(Number.NaN)]).toEqual([
    -Infinity,
    Infinity,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
  expect([normalBelow(-Infinity), normalBelow(Infinity)]).toEqual([0, 1]);
});

test("one undoes the other", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (probability) => {
      expect(Math.abs(normalBelow(normalQuantile(probability)) - probability)).toBeLessThan(1e-14);
    }),
  );
});
