import type { Bars } from "../../strategy/bars.ts";
import type { Regimes } from "../../strategy/regime.ts";
import type { BacktestResult } from "../backtest.ts";
import { barsPerYear, yearsOf } from "../bars-per-year.ts";
import type { ColumnFigures } from "../column-backtest.ts";
import { EquityTally } from "../equity-tally.ts";
import { measure, type Metrics } from "../metrics.ts";

/** What is kept of a trial under the names that backtests have (`metricTable` defines them) … */
const kept = ["totalReturn", "cagr", "volatility", "sharpe", "sortino", "calmar", "maxDrawdown", "exposure", "trades", "winRate", "profitFactor"] as const;

/** … and the Sharpe ratio of the bars of one regime alone, a year, under this name. */
export function regimeMetric(regime: string): string {
  return `sharpe in ${regime}`;
}

/** Of a trial that the full engine answered. `bars` of the first market, which the regimes are of. */
export function metricsOfResult(result: BacktestResult, cash: number, of: { bars: Bars; timeframeMs: number; regimes: Regimes }): Metrics {
  const { equity, length, ts } = result.equity;
  const all = measure(result, { cash });
  const label = new Uint8Array(length);
  for (let row = 0, bar = -1; row < length; row += 1) {
    while (bar + 1 < of.bars.length && (of.bars.ts[bar + 1] as number) + of.timeframeMs <= (ts[row] as number)) bar += 1;
    label[row] = bar < 0 ? 0 : (of.regimes.label[bar] as number);
  }
  const regimes = { label, names: of.regimes.names };
  const tally = new EquityTally(regimes);
  tally.start(cash);
  // A curve is what one unit is worth that has it for its closes.
  tally.hold(equity, 0, length, 0, 1, undefined);
  return { ...Object.fromEntries(kept.map((name) => [name, all[name] ?? null])), ...tallied(tally, ts, 0, length, regimes) };
}

/** Of a trial that the kernel answered, over the bars `figures.warmup` to `to`. */
export function metricsOfColumns(figures: ColumnFigures, tally: EquityTally, of: { bars: Bars; to: number; cash: number; regimes: Regimes }): Metrics {
  const { trades, wins, gained, lost, held, bars, equity, warmup } = figures;
  const { cash, to } = of;
  const ts = of.bars.ts.subarray(warmup, to);
  const years = yearsOf(ts);
  const growth = equity / cash;
  const cagr = growth > 0 && years > 0 ? growth ** (1 / years) - 1 : Number.NaN;
  const perYear = Math.sqrt(barsPerYear(ts) ?? Number.NaN);
  const { mean, deviation } = momentsOf(tally, bars);
  const metrics: Record<(typeof kept)[number], number> = {
    totalReturn: bars === 0 ? Number.NaN : growth - 1,
    cagr,
    volatility: deviation * perYear,
    sharpe: (mean / deviation) * perYear,
    sortino: bars < 2 ? Number.NaN : (mean / Math.sqrt(tally.downside / bars)) * perYear,
    calmar: cagr / tally.maxDrawdown,
    maxDrawdown: bars === 0 ? Number.NaN : tally.maxDrawdown,
    exposure: held / bars,
    trades,
    winRate: wins / trades,
    profitFactor: gained / lost,
  };
  return { ...finite(metrics), ...tallied(tally, of.bars.ts, warmup, to, of.regimes) };
}

/** Bars, mean and deviation of the returns, from which windows are pooled, and the Sharpe ratio in each regime. */
function tallied(tally: EquityTally, ts: Float64Array, from: number, to: number, regimes: Regimes): Metrics {
  const bars = to - from;
  const { mean, deviation } = momentsOf(tally, bars);
  const perYear = Math.sqrt(barsPerYear(ts.subarray(from, to)) ?? Number.NaN);
  const counts = new Float64Array(regimes.names.length);
  for (let t = from; t < to; t += 1) counts[regimes.label[t] as number] = (counts[regimes.label[t] as number] as number) + 1;
  const sharpes = regimes.names.flatMap((name, place): [string, number][] => {
    const count = counts[place] as number;
    if (count === 0 || name === "unknown") return [];
    const { sum, squares } = tally.regime(place);
    const inside = momentsOfSums(count, sum, squares);
    return [[regimeMetric(name), tally.ruined ? Number.NaN : (inside.mean / inside.deviation) * perYear]];
  });
  return finite({ bars, mean, deviation, ...Object.fromEntries(sharpes) });
}

function momentsOf(tally: EquityTally, bars: number): { mean: number; deviation: number } {
  return tally.ruined ? { mean: Number.NaN, deviation: Number.NaN } : momentsOfSums(bars, tally.sum, tally.squares);
}

function momentsOfSums(count: number, sum: number, squares: number): { mean: number; deviation: number } {
  if (count < 2) return { mean: Number.NaN, deviation: Number.NaN };
  const mean = sum / count;
  const second = squares - mean * sum;
  // What is left of squares that are all alike is rounding.
  return { mean, deviation: second <= 1e-14 * squares ? 0 : Math.sqrt(second / (count - 1)) };
}

function finite(metrics: Readonly<Record<string, number>>): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));
}
