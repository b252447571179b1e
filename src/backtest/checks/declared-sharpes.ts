import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Bars } from "../../strategy/bars.ts";
import { ColumnCache, compileSignals } from "../../strategy/compile.ts";
import { signalStrategy } from "../../strategy/signal-strategy.ts";
import type { Strategy } from "../../strategy/strategy.ts";
import { columnBacktest, fitsColumns, type ColumnFigures } from "../column-backtest.ts";
import { EquityTally } from "../equity-tally.ts";
import { runBacktest } from "../run-backtest.ts";
import type { BacktestSettings } from "../settings.ts";
import { bestOf, permutedMarkets, type TakenApart } from "../statistics/permuted-bars.ts";
import { sharpeOf } from "./returns.ts";

/** What variants of a declared strategy are tried with. Plain data, so that it can go to a thread. */
export interface SharpeBasis {
  strategy: Strategy;
  settings: BacktestSettings;
}

/** Sharpe ratios a bar of variants of a declared strategy on the same bars, which share their columns; null where one is undefined. */
export function declaredSharpes({ strategy, settings }: SharpeBasis, variants: readonly ParameterValues[], bars: readonly Bars[]): (number | null)[] {
  const cache = new ColumnCache();
  const tally = new EquityTally();
  const [only] = bars;
  return variants.map((parameters) => {
    const columns = bars.map((each) => compileSignals(strategy, parameters, each, cache));
    const [signals] = columns;
    if (only !== undefined && signals !== undefined && fitsColumns(settings, signals, only)) {
      return tallied(columnBacktest(only, signals, settings, tally), tally);
    }
    return sharpeOf(runBacktest({ settings, bars, strategy: signalStrategy(columns), parameters }), { settings });
  });
}

/** The same ratio from sums, for the engine without rows. */
function tallied({ trades, bars }: ColumnFigures, { sum, squares, ruined }: EquityTally): number | null {
  if (trades === 0 || ruined || bars < 2) return null;
  const ratio = sum / bars / Math.sqrt((squares - (sum * sum) / bars) / (bars - 1));
  return Number.isFinite(ratio) ? ratio : null;
}

/** The best of them on one permutation of the bars. */
export function bestOfPermutation(
  basis: SharpeBasis & { apart: readonly TakenApart[]; seed: number; variants: readonly ParameterValues[] },
  number: number,
): number {
  return bestOf(declaredSharpes(basis, basis.variants, permutedMarkets(basis.apart, basis.seed, number)));
}
