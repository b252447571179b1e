import { isoTime, systemClock } from "../base/clock.ts";
import { sha256 } from "../base/digest.ts";
import { newId } from "../base/ids.ts";
import { engineVersion, type BacktestResult } from "../backtest/backtest.ts";
import { digestsOf, type ResultDigests } from "../backtest/digests.ts";
import { identityOf, variantOf } from "../backtest/identity.ts";
import { measure, type Metrics } from "../backtest/metrics.ts";
import { orderColumns, rowOf, tradeColumns } from "../backtest/rows.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { BacktestFinished, BacktestStarted } from "../event/backtest-events.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import type { Bars } from "../strategy/bars.ts";
import { writeBlob } from "../trace/blobs.ts";
import { writeResults, type ResultRows } from "../trace/result-lake.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { RunnableStrategy, StrategySource, TaskAnswer } from "./strategy-source.ts";

/** One backtest that is to be on record. */
export interface BacktestAsked {
  ready: RunnableStrategy;
  /** Where its files were read: a commit when they are committed, else the one the tree stood on. */
  commit: string;
  source: StrategySource;
  /** Id of the decision that allowed it. */
  decision: string;
  parameters: ParameterValues;
  settings: BacktestSettings;
  bars: readonly Bars[];
  seed: number;
  /** Why it runs, when not by itself. */
  purpose?: string | undefined;
}

export interface RecordedBacktest {
  started: BacktestStarted;
  finished: BacktestFinished;
  /** What it came to; undefined unless it ended well. */
  result?: { figures: BacktestResult; rows: ResultRows; digests: ResultDigests; metrics: Metrics } | undefined;
}

/**
 * Runs one backtest and records it: everything it depends on is on disk before the first bar, its rows are in the lake before its end is on record, so
 * that what a killed process leaves is an unfinished backtest and never half a result. The strategy's own failure is a result, too.
 */
export async function recordedBacktest(open: OpenRun, asked: BacktestAsked): Promise<RecordedBacktest> {
  const { ready, source, parameters, settings, bars } = asked;
  const started = startOf(asked);
  if (!ready.committed) for (const { text } of ready.files) writeBlob(open.stateDir, text);
  await open.recorder.append("backtest.started", started);
  requireGoing(open);
  const startedMs = systemClock.monotonicMs();
  const [answer] = await source.run([{ parameters, settings, bars }]);
  const durationMs = Math.round((systemClock.monotonicMs() - startedMs) * 1000) / 1000;
  const result = answer?.ok === true ? resultOf(answer.result, settings) : undefined;
  if (result !== undefined) await writeResults(open.stateDir, started, result.rows);
  const finished = endOf(started.backtest, durationMs, answer, result);
  await open.recorder.append("backtest.finished", finished);
  return { started, finished, result };
}

function startOf({ ready, commit, source, decision, parameters, settings, bars, seed, purpose }: BacktestAsked): BacktestStarted {
  const { digest, committed, strategy } = ready;
  const data = ready.data.map(({ set }, index) => {
    const { name, symbol, timeframe, sha256: digestOfBars } = set;
    const traded = bars[index];
    const [first = 0, last = 0] = [traded?.ts[0], traded?.ts.at(-1)];
    return { name, symbol, timeframe, sha256: digestOfBars, rows: traded?.length ?? 0, from: isoTime(first), to: isoTime(last) };
  });
  const image = source.image;
  return {
    backtest: newId("bt"),
    identity: identityOf({ digest, parameters, settings, data, engine: engineVersion, image, seed }),
    variant: variantOf(digest, parameters, settings),
    strategy: strategy.name,
    digest,
    commit,
    committed,
    files: ready.files.map(({ path, text }) => ({ path, sha256: sha256(text) })),
    parameters: { ...parameters },
    settings: { ...settings },
    data,
    engine: engineVersion,
    ...(image !== undefined && { image }),
    seed,
    decision,
    ...(purpose !== undefined && { purpose }),
  };
}

function resultOf(figures: BacktestResult, settings: BacktestSettings): NonNullable<RecordedBacktest["result"]> {
  const markets = settings.instruments.map(({ name }) => name);
  const rows: ResultRows = {
    orders: figures.orders.map((order) => rowOf(orderColumns, order, markets)),
    trades: figures.trades.map((trade) => rowOf(tradeColumns, trade, markets)),
    equity: figures.equity,
  };
  return { figures, rows, digests: digestsOf(rows), metrics: measure(figures, { cash: settings.account.cash }) };
}

function endOf(backtest: string, durationMs: number, answer: TaskAnswer | undefined, result: RecordedBacktest["result"]): BacktestFinished {
  if (answer === undefined) return { backtest, outcome: "failed", why: "the strategy answered nothing", durationMs };
  if (!answer.ok) return { backtest, outcome: answer.outcome, why: answer.why, durationMs };
  const { bars, warmup, orders, trades, ambiguous } = answer.result;
  return {
    backtest,
    outcome: "ok",
    durationMs,
    bars,
    warmup,
    orders: orders.length,
    trades: trades.length,
    ambiguous,
    ...result?.digests,
    metrics: { ...result?.metrics },
  };
}
