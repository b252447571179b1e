import { expect, test } from "vitest";
import { deflatedSharpe, expectedBestSharpe, probabilisticSharpe } from "../../../src/backtest/statistics/deflated-sharpe.ts";

test.each([
  [10, 1.57, 0.7],
  [50, 2.28, 1.02],
  [200, 2.77, 1.24],
  [1000, 3.26, 1.46],
])("the best of %i worthless trials shows so much after one year and after five", (trials, one, five) => {
  expect(expectedBestSharpe(trials, 1)).toBeCloseTo(one, 2);
  expect(expectedBestSharpe(trials, 1 / 5)).toBeCloseTo(five, 2);
});

test("one trial has nothing to be the best of", () => {
  expect(expectedBestSharpe(1, 1)).toBe(0);
  expect(expectedBestSharpe(0, 1)).toBe(0);
});

// Bailey and López de Prado 2014, "A numerical example": Sharpe 2.5 a year over five years of 250 days, V = ½ a year, skewness −3, kurtosis 10.
test("the paper's example", () => {
  const paper = { count: 1250, mean: 2.5 / Math.sqrt(250), deviation: 1, skewness: -3, kurtosis: 10 };
  const variance = 0.5 / 250;
  expect(expectedBestSharpe(100, variance)).toBeCloseTo(0.1132, 4);
  expect(deflatedSharpe(paper, 100, variance)).toBeCloseTo(0.9004, 4);
  expect(deflatedSharpe(paper, 46, variance)).toBeCloseTo(0.9505, 4);
  expect(deflatedSharpe({ ...paper, skewness: 0, kurtosis: 3 }, 88, variance)).toBeCloseTo(0.9505, 4);
});

test("no better than the benchmark is one half; returns that do not vary have none", () => {
  const returns = { count: 100, mean: 0.1, deviation: 1, skewness: 0, kurtosis: 3 };
  expect(probabilisticSharpe(returns, 0.1)).toBe(0.5);
  expect(probabilisticSharpe({ ...returns, deviation: 0, skewness: Number.NaN, kurtosis: Number.NaN }, 0)).toBe(Number.NaN);
});
