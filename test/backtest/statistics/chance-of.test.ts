import { expect, test } from "vitest";
import { chanceInTheTail, chanceOf, chanceOfMore } from "../../../src/backtest/statistics/chance-of.ts";

test("the figure itself is counted, and equals reach it", () => {
  expect(chanceOf(5, [1, 2, 3, 4])).toBe(1 / 5);
  expect(chanceOf(3, [1, 2, 3, 4])).toBe(3 / 5);
  expect(chanceOf(0, [1, 2, 3, 4])).toBe(1);
  expect([chanceOf(1, []), chanceOf(Number.NaN, [1])]).toEqual([Number.NaN, Number.NaN]);
});

// scipy 1.17.1, norm.sf.
test("beyond the last permutation, the normal tail", () => {
  expect(chanceInTheTail(3, [0, 1, 0.25, 0.75, 0.5])).toBeCloseTo(1.2698142947354283e-10, 20);
  expect(chanceInTheTail(1.05, [0, 1, 0.25, 0.75, 0.5])).toBeLessThan(1 / 6);
  expect(chanceInTheTail(0.9, [0, 1, 0.25, 0.75, 0.5])).toBe(2 / 6);
  // Permutations that are all the same tell nothing about a tail.
  expect(chanceInTheTail(3, [1, 1, 1])).toBe(1 / 4);
  // Nor do those of which most found nothing to trade: without its zeros, 2 is two deviations away.
  const seldom = [...Array<number>(190).fill(0), 1, -1, 0.5, -0.5, 0.3, -0.3, 1.2, -1.2, 0.8, -0.8];
  expect(chanceInTheTail(2, seldom)).toBe(1 / 201);
});

test("the best of more variants is likelier to be luck", () => {
  expect(chanceOfMore(0.02, 1, 10)).toBeCloseTo(0.1829271931124533, 12);
  expect(chanceOfMore(1e-9, 2, 15)).toBeCloseTo(7.49999997562e-9, 18);
  expect([chanceOfMore(0.02, 10, 10), chanceOfMore(0.02, 10, 3), chanceOfMore(1, 1, 2)]).toEqual([0.02, 0.02, 1]);
});
