import type { EquityCurve, Order, Trade } from "../backtest/backtest.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import { metricTable } from "../backtest/metrics.ts";
import { amount, figure } from "../base/figures.ts";
import { page, type Fact } from "../page/page.ts";
import type { Bars } from "../strategy/bars.ts";
import type { BacktestRecord } from "./find-backtest.ts";
import { costSection, equitySection, priceSections, rollingSection } from "./report-charts.ts";
import { doubtSection, metricSection, monthSection, originSection, tradeSection } from "./report-tables.ts";
import { rangeOf } from "./report-words.ts";

/** Everything that a report shows. */
export interface ReportFacts {
  record: BacktestRecord;
  settings: BacktestSettings;
  orders: readonly Order[];
  trades: readonly Trade[];
  equity: EquityCurve;
  perYear: number;
  /** One a market, by name; undefined where the lake no longer holds them. */
  markets: readonly { name: string; bars: Bars | undefined }[];
  /** What to know before believing it. */
  worries: readonly string[];
}

/** The report of a backtest as one self-contained HTML text. */
export function backtestPage(facts: ReportFacts): string {
  const { record, worries } = facts;
  const { started } = record;
  const parameters = Object.entries(started.parameters).map(([name, value]) => `${name} ${value}`);
  return page({
    title: started.strategy,
    lead: [facts.markets.map(({ name }) => name).join(", "), rangeOf(facts.equity), ...parameters].join(" · "),
    facts: headline(facts),
    notes: worries,
    sections: [
      equitySection(facts),
      ...priceSections(facts),
      monthSection(facts),
      rollingSection(facts),
      costSection(facts),
      doubtSection(facts),
      tradeSection(facts),
      metricSection(facts),
      originSection(facts),
    ],
    foot: `agentctl ${record.version} · ${started.backtest} · ${record.at} · rebuild it: agentctl backtest reproduce ${started.backtest}`,
  });
}

function headline({ record }: ReportFacts): Fact[] {
  const metrics = record.finished?.metrics ?? {};
  const metric = (name: string): number | null => metrics[name] ?? null;
  const said = (name: string): string => {
    const unit = metricTable.find((row) => row.name === name)?.unit;
    const value = metric(name);
    return unit === "ratio" && value !== null ? value.toFixed(2) : figure(value, unit);
  };
  const tone = (name: string): "up" | "down" | undefined => {
    const value = metric(name) ?? 0;
    return value === 0 ? undefined : value > 0 ? "up" : "down";
  };
  const beside = (name: string, words: (value: string) => string): string | undefined => (metric(name) === null ? undefined : words(said(name)));
  return [
    { name: "Total return", value: said("totalReturn"), tone: tone("totalReturn"), note: beside("positiveMonths", (value) => `${value} of the months rose`) },
    { name: "Growth a year", value: said("cagr"), tone: tone("cagr"), note: beside("volatility", (value) => `volatility ${value}`) },
    { name: "Sharpe ratio", value: said("sharpe"), note: beside("probabilisticSharpe", (value) => `${value} likely above 0`) },
    {
      name: "Max drawdown",
      value: said("maxDrawdown"),
      note: beside("maxDrawdownDays", () => `longest ${amount(Math.round(metric("maxDrawdownDays") ?? 0))} days`),
    },
    { name: "Trades", value: said("trades"), note: beside("averageHolding", () => `${amount(Math.round(metric("averageHolding") ?? 0))} bars each`) },
    { name: "Win rate", value: said("winRate"), note: beside("averageTrade", (value) => `${value} a trade`) },
    { name: "Profit factor", value: said("profitFactor"), note: beside("costShare", (value) => `costs took ${value} of the gain`) },
    { name: "Time in market", value: said("exposure"), note: beside("turnover", (value) => `turnover ${value} a year`) },
  ];
}
