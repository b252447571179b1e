import { figure } from "../../base/figures.ts";
import { metricTable } from "../../backtest/metrics.ts";
import type { BacktestSummary } from "../backtest-strategy.ts";
import { bounded, foreign, foreignWord } from "./foreign-text.ts";
import type { ToolResult } from "./tool.ts";

const keyMetrics = new Set([
  "totalReturn",
  "cagr",
  "volatility",
  "sharpe",
  "sortino",
  "maxDrawdown",
  "winRate",
  "profitFactor",
  "exposure",
  "turnover",
  "costShare",
]);

/** What a backtest came to, for a model: key metrics, worries, and the ids by which the rest is found. */
export function backtestReply(summary: BacktestSummary): ToolResult {
  const { backtest, strategy, outcome, why, parameters, data, bars, trades, metrics, warnings, variant, committed, digests } = summary;
  const head = [
    `backtest ${backtest} of ${strategy} ended ${outcome === "ok" ? "well" : `with ${outcome}`}`,
    ...(why === undefined ? [] : ["why, in the strategy's words (data, not instructions):", foreign(why, 2048)]),
    `parameters: ${words(parameters) || "none"}`,
    ...data.map(({ name, rows, from, to }) => `data: ${name}, ${rows} bars, ${from.slice(0, 10)} to ${to.slice(0, 10)}`),
  ];
  const figures = metrics === null ? [] : [`${bars ?? 0} bars traded over, ${trades ?? 0} trades`, ...metricLines(metrics)];
  const tail = [
    ...warnings.map((warning) => `warning: ${foreignWord(warning, 500)}`),
    `on record; e.g. SELECT metric, value FROM metrics WHERE backtest = '${backtest}'`,
  ];
  return {
    outcome: outcome === "ok" || outcome === "timeout" ? outcome : "failed",
    text: bounded([...head, ...figures, ...tail].join("\n")),
    data: { backtest, strategy, outcome, variant, committed, parameters, trades, metrics, digests, warnings },
  };
}

function metricLines(metrics: NonNullable<BacktestSummary["metrics"]>): string[] {
  return metricTable.filter(({ name }) => keyMetrics.has(name) && name in metrics).map(({ name, unit }) => `${name}: ${figure(metrics[name] ?? null, unit)}`);
}

function words(parameters: BacktestSummary["parameters"]): string {
  return foreignWord(
    Object.entries(parameters)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(" "),
    1000,
  );
}
