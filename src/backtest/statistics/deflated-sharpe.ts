import type { Moments } from "./moments.ts";
import { normalBelow, normalQuantile } from "./normal.ts";

/** Euler and Mascheroni's constant. */
const gamma = 0.5772156649015329;

/**
 * Sharpe ratio that the best of N worthless trials is expected to show: √V · ((1 − γ) Z⁻¹(1 − 1/N) + γ Z⁻¹(1 − 1/(N·e))), with V the variance of the
 * trials' ratios and γ Euler's constant. 0 for one trial. D. H. Bailey and M. López de Prado, The Deflated Sharpe Ratio, 2014, equation 1.
 */
export function expectedBestSharpe(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  return Math.sqrt(variance) * ((1 - gamma) * normalQuantile(1 - 1 / trials) + gamma * normalQuantile(1 - 1 / (trials * Math.E)));
}

/**
 * Probability that the true Sharpe ratio is above `benchmark`, given the ratio a bar that was seen and the shape of its returns:
 * Φ((SR − SR*) √(T − 1) / √(1 − skewness·SR + (kurtosis − 1)/4 · SR²)). The same authors, The Sharpe Ratio Efficient Frontier, 2012, equation 11.
 * NaN where it is undefined.
 */
export function probabilisticSharpe(returns: Moments, benchmark: number): number {
  const ratio = returns.mean / returns.deviation;
  const width = 1 - returns.skewness * ratio + ((returns.kurtosis - 1) / 4) * ratio * ratio;
  return normalBelow(((ratio - benchmark) * Math.sqrt(returns.count - 1)) / Math.sqrt(width));
}

/** The deflated Sharpe ratio: probability that the ratio is above what the best of `trials` shows by luck. `variance` is of the trials' ratios a bar. */
export function deflatedSharpe(returns: Moments, trials: number, variance: number): number {
  return probabilisticSharpe(returns, expectedBestSharpe(trials, variance));
}
