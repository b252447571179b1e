import { seeded } from "../../base/seeded.ts";
import { quantile } from "../statistics/quantile.ts";
import { deepestDrawdown, resampledDrawdowns } from "../statistics/resampled-drawdowns.ts";
import { limitOf, type Check } from "./check.ts";
import { barReturns } from "./returns.ts";

/**
 * The drawdown that one of twenty histories exceeds which are put together anew from stretches of the true one, √n bars long in the mean: longer than the
 * n^⅓ that estimates a mean best, since losses that come together are what a drawdown is made of.
 */
export const drawdown: Check = {
  name: "drawdown",
  meaning: "the past was one draw of many; the capital has to bear a worse one",
  needs: ["resamples"],
  async ask(subject) {
    const { judged, settings, seed } = subject;
    const returns = barReturns(judged, settings.account.cash);
    if (judged.trades.length === 0 || returns.some(Number.isNaN)) return { figure: null, found: "there are no returns to draw from" };
    const resamples = limitOf(subject, "resamples");
    const block = Math.ceil(Math.sqrt(returns.length));
    const figure = quantile(resampledDrawdowns(returns, { resamples, block, chance: seeded(seed) }), 0.95);
    return { figure, found: `${percent(deepestDrawdown(returns))} as it was, ${percent(figure)} in the worst twentieth of ${resamples} resampled histories` };
  },
};

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
