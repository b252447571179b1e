import type { BacktestResult } from "./backtest.ts";
import { costMetrics } from "./metrics/cost-metrics.ts";
import { factsOf } from "./metrics/facts.ts";
import type { Metric } from "./metrics/metric.ts";
import { returnMetrics } from "./metrics/return-metrics.ts";
import { riskMetrics } from "./metrics/risk-metrics.ts";
import { tradeMetrics } from "./metrics/trade-metrics.ts";

/** Metrics by name. What is undefined is null, never 0: no trades have no win rate, returns that do not vary no Sharpe ratio. */
export type Metrics = Readonly<Record<string, number | null>>;

/** Every metric with its definition, in the order in which they are shown. */
export const metricTable: readonly Metric[] = [...returnMetrics, ...riskMetrics, ...tradeMetrics, ...costMetrics];

/** All metrics of a backtest; `cash` is that of the account at the start. Every number is finite, every other value null. */
export function measure(result: BacktestResult, about: { cash: number }): Metrics {
  const facts = factsOf(result, about.cash);
  return Object.fromEntries(metricTable.map(({ name, of }) => [name, finite(of(facts))]));
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
