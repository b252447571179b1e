import type { Bars } from "../../strategy/bars.ts";
import type { Regimes } from "../../strategy/regime.ts";
import type { BacktestResult } from "../backtest.ts";
import { barsPerYear, yearsOf } from "../bars-per-year.ts";
import type { ColumnFigures } from "../column-backtest.ts";
import { EquityTally } from "../equity-tally.ts";
import type { Metrics } from "../metrics.ts";

/**
 * What is kept of a trial, under the names and definitions of `metricTable`; bars, mean and deviation of the returns, from which windows are pooled; and the
 * Sharpe ratio of the bars of each regime alone, a year, under this name.
 */
export function regimeMetric(regime: string): string {
  return `sharpe in ${regime}`;
}

/** Of a trial that the full engine answered. `bars` of the first market, which the regimes are of. */
export function metricsOfResult(result: BacktestResult, cash: number, of: { bars: Bars; timeframeMs: number; regimes: Regimes; markets: number }): Metrics {
  const { equity, exposure, length, ts } = result.equity;
  // The rows of one market are its bars, the warm-up left out; those of several are moments, each in the regime that was known by then.
  const regimes = of.markets === 1 ? of.regimes : regimesAt(ts, of);
  const from = of.markets === 1 ? result.warmup : 0;
  const tally = new EquityTally(regimes);
  tally.start(cash);
  tally.follow(equity, from);
  const figures = {
    bars: length,
    trades: result.trades.length,
    wins: 0,
    gained: 0,
    lost: 0,
    held: 0,
    equity: length === 0 ? cash : (equity[length - 1] as number),
  };
  for (const { profit } of result.trades) {
    if (profit > 0) figures.wins += 1;
    if (profit > 0) figures.gained += profit;
    else figures.lost -= profit;
  }
  for (let row = 0; row < length; row += 1) if (exposure[row] !== 0) figures.held += 1;
  return metricsOf(figures, tally, { ts, cash, regimes, from });
}

function regimesAt(ts: Float64Array, { bars, timeframeMs, regimes }: { bars: Bars; timeframeMs: number; regimes: Regimes }): Regimes {
  const label = new Uint8Array(ts.length);
  for (let row = 0, bar = -1; row < ts.length; row += 1) {
    while (bar + 1 < bars.length && (bars.ts[bar + 1] as number) + timeframeMs <= (ts[row] as number)) bar += 1;
    label[row] = bar < 0 ? 0 : (regimes.label[bar] as number);
  }
  return { label, names: regimes.names };
}

/** Of a trial that the kernel answered, over the bars `figures.warmup` to `to`. */
export function metricsOfColumns(figures: ColumnFigures, tally: EquityTally, of: { bars: Bars; to: number; cash: number; regimes: Regimes }): Metrics {
  const { bars, to, cash, regimes } = of;
  return metricsOf(figures, tally, { ts: bars.ts.subarray(figures.warmup, to), cash, regimes, from: figures.warmup });
}

type Figures = Omit<ColumnFigures, "warmup" | "refused">;

/** `ts` of the bars that the figures are of; the labels of the regimes begin `from` bars before them. */
function metricsOf(figures: Figures, tally: EquityTally, of: { ts: Float64Array; cash: number; regimes: Regimes; from: number }): Metrics {
  const { ts, cash, regimes, from } = of;
  const { trades, wins, gained, lost, held, bars, equity } = figures;
  const years = yearsOf(ts);
  const growth = equity / cash;
  const cagr = growth > 0 && years > 0 ? growth ** (1 / years) - 1 : Number.NaN;
  const perYear = Math.sqrt(barsPerYear(ts) ?? Number.NaN);
  const { mean, deviation } = tally.ruined ? undefinedMoments : momentsOfSums(bars, tally.sum, tally.squares);
  return finite({
    totalReturn: bars === 0 ? Number.NaN : growth - 1,
    cagr,
    volatility: deviation * perYear,
    sharpe: (mean / deviation) * perYear,
    sortino: (mean / Math.sqrt(tally.downside / bars)) * perYear,
    calmar: cagr / tally.maxDrawdown,
    maxDrawdown: bars === 0 ? Number.NaN : tally.maxDrawdown,
    exposure: held / bars,
    trades,
    winRate: wins / trades,
    profitFactor: gained / lost,
    bars,
    mean,
    deviation,
    ...inRegimes(tally, regimes, { from, to: from + bars, perYear }),
  });
}

function inRegimes(tally: EquityTally, { label, names }: Regimes, of: { from: number; to: number; perYear: number }): Record<string, number> {
  const counts = countsBefore(label, names.length);
  const found: Record<string, number> = {};
  for (const [place, name] of names.entries()) {
    const before = counts[place] as Uint32Array;
    const count = (before[of.to] as number) - (before[of.from] as number);
    if (count === 0 || name === "unknown") continue;
    const { sum, squares } = tally.regime(place);
    const { mean, deviation } = tally.ruined ? undefinedMoments : momentsOfSums(count, sum, squares);
    found[regimeMetric(name)] = (mean / deviation) * of.perYear;
  }
  return found;
}

const counted = new WeakMap<Uint8Array, Uint32Array[]>();

/** Of every regime, how many bars before each bar were in it: counted once for all windows of all trials. */
function countsBefore(label: Uint8Array, regimes: number): Uint32Array[] {
  let counts = counted.get(label);
  if (counts === undefined) {
    counts = Array.from({ length: regimes }, (_, place) => {
      const before = new Uint32Array(label.length + 1);
      for (let t = 0; t < label.length; t += 1) before[t + 1] = (before[t] as number) + (label[t] === place ? 1 : 0);
      return before;
    });
    counted.set(label, counts);
  }
  return counts;
}

const undefinedMoments = { mean: Number.NaN, deviation: Number.NaN };

function momentsOfSums(count: number, sum: number, squares: number): { mean: number; deviation: number } {
  if (count < 2) return undefinedMoments;
  const mean = sum / count;
  const second = squares - mean * sum;
  // What is left of squares that are all alike is rounding.
  return { mean, deviation: second <= 1e-14 * squares ? 0 : Math.sqrt(second / (count - 1)) };
}

function finite(metrics: Readonly<Record<string, number>>): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]));
}
