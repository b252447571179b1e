import type { BacktestResult, EquityCurve, Trade } from "../backtest.ts";
import { barsPerYear, yearsOf } from "../bars-per-year.ts";
import { monthlyReturns } from "../curves.ts";
import { moments, type Moments } from "../statistics/moments.ts";
import { drawdownsOf, type Drawdowns } from "./drawdowns.ts";

/** What metrics are made of, worked out once. */
export interface MetricFacts {
  result: BacktestResult;
  cash: number;
  /** From the first row to the last. */
  years: number;
  /** NaN for fewer than two rows. */
  perYear: number;
  /** Of every row over the one before; the first over the starting cash. None once equity was zero or below: returns have no meaning then. */
  returns: Float64Array;
  /** The same, smallest first. */
  sorted: Float64Array;
  shape: Moments;
  drawdowns: Drawdowns;
  /** Returns of UTC days; none where bars are longer than a day. */
  days: number[];
  months: number[];
  wins: readonly Trade[];
  losses: readonly Trade[];
}

const dayMs = 86_400_000;

export function factsOf(result: BacktestResult, cash: number): MetricFacts {
  const { equity, trades } = result;
  const returns = returnsOf(equity, cash);
  const whole = returns.length > 0;
  return {
    result,
    cash,
    years: yearsOf(equity.ts),
    perYear: barsPerYear(equity.ts) ?? Number.NaN,
    returns,
    sorted: returns.toSorted(),
    shape: moments(returns),
    drawdowns: drawdownsOf(equity, cash),
    days: whole ? dailyReturns(equity, cash) : [],
    months: whole ? monthlyReturns(equity, cash).flatMap(({ months }) => months.filter((value) => !Number.isNaN(value))) : [],
    wins: trades.filter(({ profit }) => profit > 0),
    losses: trades.filter(({ profit }) => profit < 0),
  };
}

function returnsOf({ equity, length }: EquityCurve, cash: number): Float64Array {
  const returns = new Float64Array(length);
  let before = cash;
  for (let row = 0; row < length; row++) {
    const value = equity[row] as number;
    if (!(value > 0 && before > 0)) return new Float64Array(0);
    returns[row] = value / before - 1;
    before = value;
  }
  return returns;
}

/** A bar that closes at midnight belongs to the day that ends there. */
function dailyReturns({ equity, ts, length }: EquityCurve, cash: number): number[] {
  const span = (ts[length - 1] as number) - (ts[0] as number);
  if (span / (length - 1) > 2 * dayMs) return [];
  const returns: number[] = [];
  let before = cash;
  for (let row = 0; row < length; row++) {
    const day = Math.floor(((ts[row] as number) - 1) / dayMs);
    if (row + 1 < length && Math.floor(((ts[row + 1] as number) - 1) / dayMs) === day) continue;
    returns.push((equity[row] as number) / before - 1);
    before = equity[row] as number;
  }
  return returns;
}
