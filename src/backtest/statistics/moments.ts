/** Shape of a series of returns. */
export interface Moments {
  count: number;
  mean: number;
  /** Standard deviation with n − 1. */
  deviation: number;
  /** Third standardised moment (population); 0 for a normal distribution. */
  skewness: number;
  /** Fourth standardised moment (population), not in excess: 3 for a normal distribution. */
  kurtosis: number;
}

/** Differences below this share of the mean are rounding and not variation … */
const flat = 1e-14;
/** … and so are those below what is left of rounding in a return, a ratio near 1 less 1. */
const flatReturn = 1e-15;

/** Two passes, so that a small spread about a large mean keeps its digits. Skewness and kurtosis are NaN where nothing varies. */
export function moments(values: ArrayLike<number>): Moments {
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += values[i] as number;
  const mean = sum / count;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = 0; i < count; i += 1) {
    const difference = (values[i] as number) - mean;
    const square = difference * difference;
    second += square;
    third += square * difference;
    fourth += square * square;
  }
  if (second <= count * Math.max(flat * Math.abs(mean), flatReturn) ** 2) second = 0;
  const variance = second / count;
  return {
    count,
    mean,
    deviation: Math.sqrt(second / (count - 1)),
    skewness: third / count / variance ** 1.5,
    kurtosis: fourth / count / variance ** 2,
  };
}

/**
 * Sharpe ratio a bar: mean over standard deviation of the returns, cash taken to earn nothing (W. F. Sharpe, The Sharpe Ratio, 1994). null where it is
 * undefined: fewer than two returns, one that is not finite, or none that differs.
 */
export function sharpeRatio(returns: ArrayLike<number>): number | null {
  if (returns.length < 2) return null;
  const { mean, deviation } = moments(returns);
  const ratio = mean / deviation;
  return Number.isFinite(ratio) ? ratio : null;
}
