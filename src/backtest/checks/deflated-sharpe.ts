import { deflatedSharpe as deflated, expectedBestSharpe } from "../statistics/deflated-sharpe.ts";
import { moments } from "../statistics/moments.ts";
import type { Check } from "./check.ts";
import { barReturns, sharpeOf, yearly } from "./returns.ts";

/**
 * Deflated Sharpe ratio with N = the variants on record for these bars, whoever tried them. The variance between the trials is that of their ratios on
 * record, but never below 1/(T − 1), which one worthless trial of T bars varies by itself: a thousand copies of one trial do not lower the bar.
 */
export const deflatedSharpe: Check = {
  name: "deflated-sharpe",
  meaning: "the best of many trials looks good by luck alone; the Sharpe ratio must be above what so many trials show without any edge",
  async ask(subject) {
    const { judged, settings, trials } = subject;
    const returns = moments(barReturns(judged, settings.account.cash));
    const ratio = sharpeOf(judged, subject);
    if (ratio === null) return { figure: null, found: "there is no Sharpe ratio" };
    const alone = 1 / (returns.count - 1);
    const variance = trials.sharpes.length < 2 ? alone : Math.max(alone, moments(trials.sharpes).deviation ** 2);
    const luck = expectedBestSharpe(trials.count, variance);
    const figure = deflated(returns, trials.count, variance);
    return {
      figure: Number.isFinite(figure) ? figure : null,
      found: `Sharpe ratio ${yearly(ratio, subject)}; luck alone shows ${yearly(luck, subject)} after ${trials.count} ${trials.count === 1 ? "trial" : "trials"} on this data`,
    };
  },
};
