import { overfitting as probability } from "../statistics/overfitting.ts";
import type { Check } from "./check.ts";
import { variantReturns } from "./variant-returns.ts";

/** A chosen variant within a fifth of the median's Sharpe ratio has lost nothing by having been chosen. */
const tolerance = 0.2;

/** Probability of backtest overfitting by CSCV over the variants of the grid. Without parameters nothing is chosen, and the check is not asked. */
export const overfitting: Check = {
  name: "overfitting",
  meaning: "if the best in one half of the past is no better than the median in the other, choosing by backtest is a coin toss",
  async ask(subject) {
    const { strategy, judged } = subject;
    if (judged.trades.length === 0) return { figure: null, found: "no trade was made, so there is nothing to rank" };
    if (Object.keys(strategy.parameters).length === 0) return { figure: 0, found: "not asked: the strategy has no parameters, so none were chosen" };
    const returns = await variantReturns(subject);
    const found = probability(returns, { tolerance });
    if (found === undefined) return { figure: null, found: `${returns.length} variants over ${returns[0]?.length ?? 0} bars are too few to ask` };
    const share = (100 * found.probability).toFixed(0);
    return {
      figure: found.probability,
      found: `the best of ${found.variants} in sample is well below the median out of sample in ${share} % of ${found.splits} splits`,
    };
  },
};
