import type { MetricFacts } from "./facts.ts";
import type { Metric } from "./metric.ts";

const costs = ({ result: { fees, slippage, borrow } }: MetricFacts): number => fees + slippage + borrow;

/** Profit of the trades with their costs added back. */
function grossProfit(facts: MetricFacts): number {
  return facts.result.trades.reduce((sum, { profit }) => sum + profit, 0) + costs(facts);
}

function turnover({ result: { orders, equity }, years }: MetricFacts): number {
  const traded = orders.reduce((sum, { state, price, units }) => (state === "filled" ? sum + price * units : sum), 0);
  const mean = equity.equity.reduce((sum, value) => sum + value, 0) / equity.length;
  return mean > 0 && years > 0 ? traded / mean / years : Number.NaN;
}

export const costMetrics: readonly Metric[] = [
  {
    name: "exposure",
    unit: "share",
    about: "Bars at whose close a position was open, over all bars.",
    source: "R. Pardo (2008), time in market",
    of: ({ result: { equity } }) => equity.exposure.reduce((held, value) => held + (value === 0 ? 0 : 1), 0) / equity.length,
  },
  {
    name: "turnover",
    unit: "ratio",
    about: "Value of all fills a year, purchases and sales, over the mean equity.",
    source: "R. Grinold, R. Kahn, Active Portfolio Management (1999), both sides counted",
    of: turnover,
  },
  { name: "fees", unit: "money", about: "Fees of all fills.", source: "the account's book", of: ({ result }) => result.fees },
  {
    name: "slippage",
    unit: "money",
    about: "What spread and slippage cost against the prices without them.",
    source: "the account's book",
    of: ({ result }) => result.slippage,
  },
  { name: "borrow", unit: "money", about: "Borrowing for short positions.", source: "the account's book", of: ({ result }) => result.borrow },
  {
    name: "costShare",
    unit: "share",
    about: "Fees, spread, slippage and borrowing over the profit before them; undefined where there was none. Above 100 % costs ate it all.",
    source: "R. Kissell, The Science of Algorithmic Trading and Portfolio Management (2013)",
    of: (facts) => (grossProfit(facts) > 0 ? costs(facts) / grossProfit(facts) : null),
  },
];
