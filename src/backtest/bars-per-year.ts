/** Days of a year, leap years included. */
const yearMs = 365.25 * 86_400_000;

/** Years from the first moment to the last; 0 for fewer than two. */
export function yearsOf(ts: ArrayLike<number>): number {
  return ts.length < 2 ? 0 : ((ts[ts.length - 1] as number) - (ts[0] as number)) / yearMs;
}

/**
 * Bars a year as the data itself has them, (n − 1) over the years between the first and the last: about 252 for daily bars of an exchange with holidays,
 * 365.25 for one that never closes. What is told a bar is told a year by it, or by its root. Undefined for fewer than two bars.
 */
export function barsPerYear(ts: ArrayLike<number>): number | undefined {
  const years = yearsOf(ts);
  return years > 0 ? (ts.length - 1) / years : undefined;
}
