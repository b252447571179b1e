import { overfitting as probability } from "../statistics/overfitting.ts";
import type { Check } from "./check.ts";
import { variantReturns } from "./variant-returns.ts";

/** Probability of backtest overfitting by CSCV over the variants of the grid. Without parameters nothing is chosen, and the check is not asked. */
export const overfitting: Check = {
  name: "overfitting",
  meaning: "if the best in one half of the past is no better than the median in the other, choosing by backtest is a coin toss",
  async ask(subject) {
    if (Object.keys(subject.strategy.parameters).length === 0)
      return { figure: subject.judged.trades.length === 0 ? null : 0, found: "not asked: the strategy has no parameters, so none were chosen" };
    const returns = await variantReturns(subject);
    const found = probability(returns);
    if (found === undefined) return { figure: null, found: `${returns.length} variants over ${returns[0]?.length ?? 0} bars are too few to ask` };
    const share = (100 * found.probability).toFixed(0);
    return {
      figure: found.probability,
      found: `the best of ${found.variants} in sample is in the lower half out of sample in ${share} % of ${found.splits} splits`,
    };
  },
};
