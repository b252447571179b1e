import { civilDate } from "../base/civil-date.ts";
import type { EquityCurve } from "./backtest.ts";

const dayMs = 86_400_000;

/** Curves that are drawn from an equity curve. All have its length. */

/** Equity over its highest value so far, minus 1: 0 at a peak, −0.2 a fifth below it. */
export function drawdownCurve({ equity, length }: EquityCurve): Float64Array {
  const curve = new Float64Array(length);
  let peak = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < length; row++) {
    const value = equity[row] ?? Number.NaN;
    if (value > peak) peak = value;
    curve[row] = peak > 0 ? value / peak - 1 : Number.NaN;
  }
  return curve;
}

/**
 * Sharpe ratio of the last `window` returns, times √`perYear`; NaN before there are so many and where they do not vary. Simple returns, sample deviation,
 * no riskless rate (Sharpe 1994).
 */
export function rollingSharpe({ equity, length }: EquityCurve, window: number, perYear: number): Float64Array {
  const curve = new Float64Array(length).fill(Number.NaN);
  const returns = Float64Array.from({ length }, (_, row) => (row === 0 ? 0 : (equity[row] ?? 0) / (equity[row - 1] ?? 0) - 1));
  let [sum, squares] = [0, 0];
  for (let row = 1; row < length; row++) {
    const [entering, leaving] = [returns[row] ?? 0, row > window ? (returns[row - window] ?? 0) : 0];
    sum += entering - leaving;
    squares += entering * entering - leaving * leaving;
    const mean = sum / window;
    const variance = (squares - window * mean * mean) / (window - 1);
    // Below this, what is left of the variance is rounding.
    if (row >= window && variance > 1e-18) curve[row] = (mean / Math.sqrt(variance)) * Math.sqrt(perYear);
  }
  return curve;
}

/**
 * Return of every calendar month (UTC) by year, 12 a row, NaN where there are no bars; `total` is the whole year's. A bar that closes at midnight belongs to
 * the month that ends there.
 */
export function monthlyReturns(curve: EquityCurve, cash: number): { year: number; months: number[]; total: number }[] {
  const years = new Map<number, { year: number; months: number[]; total: number }>();
  let before = cash;
  let yearBefore = cash;
  let at = -1;
  for (let row = 0; row < curve.length; row++) {
    const { year, month } = civilDate(Math.floor(((curve.ts[row] ?? 0) - 1) / dayMs));
    const of = years.get(year) ?? { year, months: Array.from({ length: 12 }, () => Number.NaN), total: Number.NaN };
    if (!years.has(year)) yearBefore = row === 0 ? cash : (curve.equity[row - 1] ?? cash);
    if (year * 12 + month !== at) before = row === 0 ? cash : (curve.equity[row - 1] ?? cash);
    at = year * 12 + month;
    of.months[month - 1] = (curve.equity[row] ?? 0) / before - 1;
    of.total = (curve.equity[row] ?? 0) / yearBefore - 1;
    years.set(year, of);
  }
  return [...years.values()];
}
