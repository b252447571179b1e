import type { EquityCurve, Trade } from "../backtest/backtest.ts";
import { drawdownCurve, rollingSharpe } from "../backtest/curves.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import { money, share } from "../base/figures.ts";
import { barChart } from "../page/bar-chart.ts";
import type { Section } from "../page/page.ts";
import { timeChart, type Mark } from "../page/time-chart.ts";
import { sliceBars, type Bars } from "../strategy/bars.ts";
import type { ReportFacts } from "./backtest-page.ts";
import { fillWords, priceWords } from "./report-words.ts";

const marksMax = 200;
/** Bars that are drawn before the first one traded over. */
const leadBars = 20;

export function equitySection({ equity, settings, markets }: ReportFacts): Section {
  const { cash, currency } = settings.account;
  const held = holding(equity, settings, markets.length === 1 ? markets[0]?.bars : undefined);
  const positive = equity.equity.every((value) => value > 0);
  const curves = [
    { name: "strategy", tone: "accent" as const, values: equity.equity },
    ...(held === undefined ? [] : [{ name: `bought and held (${share(lastOf(held) / cash - 1)})`, tone: "ink" as const, values: held }]),
  ];
  const fall = drawdownCurve(equity);
  return {
    title: "Equity and drawdown",
    about: `Cash and positions at each bar's close, in ${currency}${positive ? ", on a logarithmic scale" : ""}; below it, how far that is under its peak.`,
    parts: [
      timeChart({
        title: "Equity",
        about: `From ${money(equity.equity[0] ?? cash)} to ${money(lastOf(equity.equity))} ${currency}`,
        ts: equity.ts,
        curves,
        format: money,
        log: positive,
        heightPx: 320,
      }),
      timeChart({
        title: "Drawdown",
        about: `Deepest ${share(fall.reduce((low, value) => Math.min(low, value), 0))}`,
        ts: equity.ts,
        curves: [{ name: "below the peak", tone: "fall", values: fall, fillTo: 0 }],
        format: share,
        heightPx: 160,
        rule: 0,
      }),
    ],
  };
}

const lastOf = (values: Float64Array): number => values.at(-1) ?? Number.NaN;

/** What the cash would have come to, had it bought the market at the first close; without costs. */
function holding(equity: EquityCurve, settings: BacktestSettings, bars: Bars | undefined): Float64Array | undefined {
  if (bars === undefined) return undefined;
  const held = new Float64Array(equity.length);
  let bar = -1;
  for (let row = 0; row < equity.length; row++) {
    while (bar + 1 < bars.length && (bars.ts[bar + 1] ?? 0) + settings.timeframeMs <= (equity.ts[row] ?? 0)) bar++;
    held[row] = bars.close[bar] ?? Number.NaN;
  }
  const first = held[0] ?? Number.NaN;
  return first > 0 ? held.map((price) => (settings.account.cash * price) / first) : undefined;
}

export function priceSections({ markets, trades, equity }: ReportFacts): Section[] {
  return markets.map(({ name, bars }, market): Section => {
    const title = `Trades on ${name}`;
    if (bars === undefined) return { title, about: "The bars are no longer in the lake: agentctl data verify", parts: [] };
    const own = trades.filter((trade) => trade.market === market);
    const marked = own.toSorted((a, b) => Math.abs(b.profit) - Math.abs(a.profit)).slice(0, marksMax);
    const left = own.length > marked.length ? ` The ${marked.length} of ${own.length} trades that won or lost most are marked.` : "";
    const shown = tradedOver(bars, equity);
    const low = shown.close.reduce((a, b) => Math.min(a, b), Infinity);
    const high = shown.close.reduce((a, b) => Math.max(a, b), 0);
    return {
      title,
      about: `The close, and every fill at its price; point at a mark for its trade.${left}`,
      parts: [
        timeChart({
          title: `Price of ${name} with trades`,
          about: own.length === 1 ? "1 trade" : `${own.length} trades`,
          ts: shown.ts,
          curves: [{ name: "close", tone: "ink", values: shown.close }],
          marks: marked.flatMap((trade) => marksOf(trade, bars)),
          format: priceWords,
          log: low > 0 && high > 3 * low,
          heightPx: 340,
        }),
      ],
    };
  });
}

/** The bars that the curve spans, and a few before. */
function tradedOver(bars: Bars, { ts, length }: EquityCurve): Bars {
  if (length === 0) return bars;
  const from = bars.ts.findIndex((opened) => opened >= (ts[0] ?? 0));
  const to = bars.ts.findLastIndex((opened) => opened <= (ts[length - 1] ?? 0)) + 1;
  return sliceBars(bars, Math.max(0, (from < 0 ? bars.length : from) - leadBars), to);
}

function marksOf(trade: Trade, bars: Bars): Mark[] {
  const { side, units, entryTs, entryIndex, entryPrice, exitTs, exitIndex, exitPrice, exit, profit } = trade;
  const [entry, end] = [fillWords(entryTs, entryIndex, bars), fillWords(exitTs, exitIndex, bars)];
  const title = `${side} ${units}\n${entry} at ${priceWords(entryPrice)} → ${end} at ${priceWords(exitPrice)} (${exit})\n${money(profit)} = ${share(trade.return)}`;
  const long = side === "long";
  return [
    { ts: entryTs, value: entryPrice, kind: long ? "buy" : "sell", title },
    { ts: exitTs, value: exitPrice, kind: long ? "sell" : "buy", title },
  ];
}

export function rollingSection({ equity, perYear }: ReportFacts): Section {
  const window = Math.max(20, Math.round(perYear / 2));
  const values = rollingSharpe(equity, window, perYear);
  return {
    title: "Rolling Sharpe ratio",
    about: `Over the last ${window.toLocaleString("en-US")} bars. One that was high once and is low since may have stopped working.`,
    parts: [
      timeChart({
        title: "Rolling Sharpe ratio",
        about: `Window of ${window} bars`,
        ts: equity.ts,
        curves: [{ name: "Sharpe ratio", tone: "second", values }],
        format: (value) => value.toFixed(1),
        heightPx: 200,
        rule: 0,
      }),
    ],
  };
}

const tone = (value: number): "up" | "down" => (value < 0 ? "down" : "up");

export function costSection({ record, trades, settings }: ReportFacts): Section {
  const metric = (name: string): number => record.finished?.metrics?.[name] ?? 0;
  const [fees, slippage, borrow] = [metric("fees"), metric("slippage"), metric("borrow")];
  const net = trades.reduce((sum, { profit }) => sum + profit, 0);
  const gross = net + fees + slippage + borrow;
  const bars = [
    { name: "before costs", value: gross, tone: tone(gross) },
    { name: "fees", value: -fees, tone: "down" as const },
    { name: "spread, slippage", value: -slippage, tone: "down" as const },
    ...(borrow === 0 ? [] : [{ name: "borrowing", value: -borrow, tone: "down" as const }]),
    { name: "after costs", value: net, tone: tone(net) },
  ];
  return {
    title: "Costs",
    about: `What trading earned and what it paid for, in ${settings.account.currency}.`,
    parts: [barChart({ title: "Costs", about: bars.map(({ name, value }) => `${name} ${money(value)}`).join(", "), bars, format: money })],
  };
}
