import { walkForwardWindows, type Range } from "../search/windows.ts";
import { sharpeRatio } from "../statistics/moments.ts";
import type { Check } from "./check.ts";
import { variantReturns } from "./variant-returns.ts";

const windows = 5;

/**
 * In each window the variant with the best Sharpe ratio in training is judged in the test that follows. The figure is the mean return a bar of the tests
 * over that of the trainings (walk-forward efficiency: R. Pardo, The Evaluation and Optimization of Trading Strategies, 2008, chapter 11). It is undefined
 * unless the trainings gained, and negative when the tests lost, so that two losses never make a share.
 */
export const walkForward: Check = {
  name: "walk-forward",
  meaning: "parameters that were best in the past must earn in the time that followed, which they had not seen",
  async ask(subject) {
    const returns = await variantReturns(subject);
    const parts = walkForwardWindows({ from: 0, to: returns[0]?.length ?? 0 }, windows).map(({ train, test }) => {
      const best = bestOf(returns, train);
      return { train: mean(best, train), test: mean(best, test) };
    });
    const inSample = average(parts.map(({ train }) => train));
    const outOfSample = average(parts.map(({ test }) => test));
    const won = parts.filter(({ test }) => test > 0).length;
    const aYear = (each: number): string => `${(100 * each * subject.barsPerYear).toFixed(1)} %`;
    return {
      figure: inSample > 0 ? outOfSample / inSample : null,
      found: `best of ${returns.length}: ${aYear(inSample)} a year in training, ${aYear(outOfSample)} in the tests that followed; ${won} of ${windows} tests gained`,
    };
  },
};

function bestOf(returns: readonly Float64Array[], { from, to }: Range): Float64Array {
  const ratios = returns.map((column) => sharpeRatio(column.subarray(from, to)) ?? 0);
  return returns[ratios.indexOf(Math.max(...ratios))] as Float64Array;
}

function mean(returns: Float64Array, { from, to }: Range): number {
  return average(returns.subarray(from, to));
}

function average(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] as number;
  return sum / values.length;
}
