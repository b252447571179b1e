import { monthlyReturns } from "../backtest/curves.ts";
import { metricTable } from "../backtest/metrics.ts";
import { figure, money, share } from "../base/figures.ts";
import { list, type Section } from "../page/page.ts";
import { heatTable, table } from "../page/table.ts";
import type { ReportFacts } from "./backtest-page.ts";
import { fillWords, metricWords, priceWords } from "./report-words.ts";

const tradesMax = 100;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function monthSection({ equity, settings }: ReportFacts): Section {
  const rows = monthlyReturns(equity, settings.account.cash).map(({ year, months: of, total }) => ({ name: String(year), shares: [...of, total] }));
  return {
    title: "Months",
    about: "Return of each month and of the whole year, in percent. The first and the last may be parts of one.",
    parts: [heatTable("Return by month, in percent", [...months, "Year"], rows)],
  };
}

/** Where this very result may lie, with its own figures. */
export function doubtSection(facts: ReportFacts): Section {
  const { trades, settings, record } = facts;
  const { costs, fill } = settings;
  const metric = (name: string): number => record.finished?.metrics?.[name] ?? 0;
  const net = trades.reduce((sum, { profit }) => sum + profit, 0);
  const paid = metric("fees") + metric("slippage") + metric("borrow");
  const best = trades.toSorted((a, b) => b.profit - a.profit).slice(0, 5);
  const ambiguous = trades.filter((trade) => trade.ambiguous).length;
  const largest = largestShare(facts);
  const when = fill === "next-open" ? "at the next bar's open" : "at the very close that they were decided on";
  const points = [
    `Costs are assumed, not measured: taker ${share(costs.taker)}, maker ${share(costs.maker)}, spread ${share(costs.spread)}, slippage ${slippageWords(costs.slippage)}. Twice as much would leave about ${money(net - paid)}.`,
    `Market orders fill ${when}, whatever their size${largest === undefined ? "" : `; the largest was ${largest < 0.0001 ? "less than 0.01 %" : share(largest)} of its bar's volume`}.`,
    `${ambiguous === 0 ? "No trade" : `${ambiguous} of ${trades.length} trades`} ended in a bar that touched two of its exits. There the worse one is taken; bars do not say which came first.`,
    ...(trades.length > best.length
      ? [
          `Without its ${best.length} best trades it would have made ${money(net - best.reduce((sum, { profit }) => sum + profit, 0))} instead of ${money(net)}.`,
        ]
      : []),
    "It is one path through one past. The probability that the Sharpe ratio is above 0 counts this variant alone: whoever tried many and kept the best must allow for luck, as agentctl strategy gate does.",
    "Somebody chose this market knowing how it went. Markets that died are not in the data; interest on cash, dividends and taxes only as far as the bars hold them.",
  ];
  return { title: "Where this backtest may lie", parts: [list(points)] };
}

function slippageWords(slippage: ReportFacts["settings"]["costs"]["slippage"]): string {
  switch (slippage.model) {
    case "none":
      return "none";
    case "share":
      return share(slippage.share);
    case "range":
      return `${share(slippage.share)} of the bar's range`;
    case "volume":
      return `by volume (impact ${slippage.impact})`;
  }
}

/** Of all fills the highest share of their bar's volume; undefined where no volume is known. */
function largestShare({ orders, markets }: ReportFacts): number | undefined {
  const shares = orders.flatMap(({ state, units, market, filledIndex }) => {
    const volume = markets[market]?.bars?.volume[filledIndex] ?? Number.NaN;
    return state === "filled" && volume > 0 ? [units / volume] : [];
  });
  return shares.length === 0 ? undefined : shares.reduce((a, b) => Math.max(a, b));
}

export function tradeSection({ trades, markets }: ReportFacts): Section {
  const last = trades.slice(-tradesMax).toReversed();
  const rows = last.map((trade) => {
    const { name, bars } = markets[trade.market] ?? { name: String(trade.market), bars: undefined };
    return [
      fillWords(trade.entryTs, trade.entryIndex, bars),
      name,
      trade.side,
      figure(trade.units, undefined),
      priceWords(trade.entryPrice),
      fillWords(trade.exitTs, trade.exitIndex, bars),
      priceWords(trade.exitPrice),
      trade.exit + (trade.ambiguous ? " (ambiguous)" : ""),
      money(trade.costs),
      money(trade.profit),
      share(trade.return),
    ];
  });
  const number = { kind: "number" as const };
  const columns = [
    { title: "Entry" },
    { title: "Market" },
    { title: "Side" },
    { title: "Units", ...number },
    { title: "Price", ...number },
    { title: "Exit" },
    { title: "Price", ...number },
    { title: "Why" },
    { title: "Costs", ...number },
    { title: "Profit", ...number },
    { title: "Return", ...number },
  ];
  const caption =
    trades.length > last.length ? `The last ${last.length} of ${trades.length} trades, the newest first` : `All ${trades.length} trades, the newest first`;
  return { title: "Trades", parts: trades.length === 0 ? [] : [table(caption, columns, rows)], ...(trades.length === 0 && { about: "There were none." }) };
}

export function metricSection({ record }: ReportFacts): Section {
  const metrics = record.finished?.metrics ?? {};
  const rows = metricTable.map(({ name, unit, about, source }) => [metricWords(name), figure(metrics[name] ?? null, unit), about, source]);
  return {
    title: "Metrics",
    about: "A dash is a figure that is not defined here, which is not zero.",
    parts: [
      table(
        "Every metric with its definition and source",
        [{ title: "Metric" }, { title: "Value", kind: "number" }, { title: "Definition" }, { title: "Source" }],
        rows,
      ),
    ],
  };
}

export function originSection({ record }: ReportFacts): Section {
  const { started, finished, run } = record;
  const rows = [
    ["Identity", started.identity],
    ["Commit", `${started.commit}${started.committed ? "" : " (its files, or those of its data, differ from it; they are kept in the record)"}`],
    ["Strategy files", started.digest],
    ...started.data.map(({ name, symbol, timeframe, sha256, from, to }) => [
      `Bars ${name}`,
      `${symbol} ${timeframe} ${from.slice(0, 10)} … ${to.slice(0, 10)}  ${sha256}`,
    ]),
    ["Parameters", JSON.stringify(started.parameters)],
    ["Settings", JSON.stringify(started.settings)],
    ["Engine", `${started.engine}${started.image === undefined ? "" : `, image ${started.image}`}, seed ${started.seed}`],
    ["Decided by", `${started.decision ?? "-"} in run ${run}`],
    ["Orders", finished?.ordersSha256 ?? "-"],
    ["Trades", finished?.tradesSha256 ?? "-"],
    ["Equity", finished?.equitySha256 ?? "-"],
  ];
  return {
    title: "Where this comes from",
    about: "The same identity gives the same orders, on any machine.",
    parts: [table("What the result depends on, and what it came to", [{ title: "What" }, { title: "Which", kind: "code" }], rows)],
  };
}
