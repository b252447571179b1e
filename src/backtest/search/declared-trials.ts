import { AgentctlError } from "../../base/errors.ts";
import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import { sliceBars, type Bars } from "../../strategy/bars.ts";
import { ColumnCache, compileSignals } from "../../strategy/compile.ts";
import { detectRegimes } from "../../strategy/regime.ts";
import type { SignalColumns } from "../../strategy/signal-columns.ts";
import { signalStrategy } from "../../strategy/signal-strategy.ts";
import type { Strategy } from "../../strategy/strategy.ts";
import { columnBacktest, fitsColumns } from "../column-backtest.ts";
import { EquityTally } from "../equity-tally.ts";
import { runBacktest } from "../run-backtest.ts";
import type { BacktestSettings } from "../settings.ts";
import { metricsOfColumns, metricsOfResult } from "./trial-metrics.ts";
import type { Trial, TrialEnd } from "./trial.ts";

/** Everything that trials of a declared strategy have in common; plain data, so that it can go to another thread. */
export interface TrialBasis {
  strategy: Strategy;
  settings: BacktestSettings;
  /** One a market. A window's indicators warm up on the bars before it. */
  bars: readonly Bars[];
}

/**
 * Tries variants of a declared strategy, one call a trial. Signals are computed over all bars once a variant, since no row depends on a later one, and
 * windows are cut out of them; the kernel trades them where it can, the full engine where it must.
 */
export function declaredTrials({ strategy, settings, bars }: TrialBasis): (trial: Trial) => TrialEnd {
  const [first] = bars;
  if (first === undefined) throw new AgentctlError("experiment/no-bars", `${strategy.name} has no market`);
  const cache = new ColumnCache();
  const regimes = detectRegimes(first);
  const tally = new EquityTally(regimes);
  const cash = settings.account.cash;
  let last: { parameters: ParameterValues; columns: SignalColumns[] } | undefined;

  const columnsOf = (parameters: ParameterValues): SignalColumns[] => {
    if (last?.parameters !== parameters) last = { parameters, columns: bars.map((each) => compileSignals(strategy, parameters, each, cache)) };
    return last.columns;
  };

  const metricsOf = ({ parameters, fromMs, toMs }: Trial): Extract<TrialEnd, { outcome: "ok" }>["metrics"] => {
    const columns = columnsOf(parameters);
    const [only] = columns;
    if (only !== undefined && fitsColumns(settings, only, first)) {
      const [from, to] = [firstAt(first, fromMs), firstAt(first, toMs)];
      return metricsOfColumns(columnBacktest(first, only, settings, tally, { from, to }), tally, { bars: first, to, cash, regimes });
    }
    const ends = bars.map((each) => firstAt(each, toMs));
    const result = runBacktest({
      settings: { ...settings, fromMs },
      bars: bars.map((each, market) => sliceBars(each, 0, ends[market])),
      strategy: signalStrategy(columns.map((each, market) => cut(each, ends[market] ?? 0))),
      parameters,
    });
    return metricsOfResult(result, cash, { bars: first, timeframeMs: settings.timeframeMs, regimes, markets: bars.length });
  };

  return (trial) => {
    try {
      return { trial: trial.trial, outcome: "ok", metrics: metricsOf(trial) };
    } catch (thrown) {
      if (!(thrown instanceof AgentctlError)) throw thrown;
      return { trial: trial.trial, outcome: "failed", why: thrown.message };
    }
  };
}

/** The first bar that opens at this time or later. */
function firstAt({ ts, length }: Bars, ms: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ts[middle] as number) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function cut(columns: SignalColumns, to: number): SignalColumns {
  const { warmup, ...others } = columns;
  const entries = Object.entries(others).map(([name, column]: [string, Uint8Array | Float64Array | undefined]) => [name, column?.subarray(0, to)]);
  return { ...(Object.fromEntries(entries) as Omit<SignalColumns, "warmup">), warmup };
}
