import type { Trade } from "../backtest.ts";
import { median } from "../statistics/quantile.ts";
import type { MetricFacts } from "./facts.ts";
import type { Metric } from "./metric.ts";

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number => total(values) / values.length;
const profits = (trades: readonly Trade[]): number[] => trades.map(({ profit }) => profit);
const trades = ({ result }: MetricFacts): readonly Trade[] => result.trades;
const returnsOf = (facts: MetricFacts): number[] => trades(facts).map((trade) => trade.return);
const winRate = (facts: MetricFacts): number => facts.wins.length / trades(facts).length;
const payoff = ({ wins, losses }: MetricFacts): number => mean(profits(wins)) / -mean(profits(losses));

function losingStreak(facts: MetricFacts): number {
  let longest = 0;
  let streak = 0;
  for (const { profit } of trades(facts)) {
    streak = profit < 0 ? streak + 1 : 0;
    longest = Math.max(longest, streak);
  }
  return longest;
}

const kelly = "E. O. Thorp, The Kelly Criterion in Blackjack, Sports Betting, and the Stock Market (2006), two outcomes";
const vanTharp = "V. K. Tharp, Trade Your Way to Financial Freedom (1998)";
const pardo = "R. Pardo, The Evaluation and Optimization of Trading Strategies (2008)";

export const tradeMetrics: readonly Metric[] = [
  {
    name: "trades",
    unit: "count",
    about: "Positions from flat to flat, parts that closed earlier counted by themselves.",
    source: pardo,
    of: (facts) => trades(facts).length,
  },
  { name: "winRate", unit: "share", about: "Trades with a profit after costs, over all trades; one that made nothing is no win.", source: pardo, of: winRate },
  {
    name: "profitFactor",
    unit: "ratio",
    about: "Sum of the profits over the sum of the losses, after costs; undefined where nothing was lost.",
    source: pardo,
    of: ({ wins, losses }) => total(profits(wins)) / -total(profits(losses)),
  },
  { name: "payoffRatio", unit: "ratio", about: "Mean profit of the trades that won over the mean loss of those that lost.", source: pardo, of: payoff },
  { name: "expectancy", unit: "money", about: "Mean profit of a trade, after costs.", source: vanTharp, of: (facts) => mean(profits(trades(facts))) },
  {
    name: "kelly",
    unit: "share",
    about: "Share of equity that grows fastest, if every trade were one of two outcomes: win rate − (1 − win rate) / payoff ratio. Half of it is already bold.",
    source: kelly,
    of: (facts) => winRate(facts) - (1 - winRate(facts)) / payoff(facts),
  },
  {
    name: "averageTrade",
    unit: "share",
    about: "Mean return of a trade: profit after costs over the value at entry.",
    source: pardo,
    of: (facts) => mean(returnsOf(facts)),
  },
  { name: "medianTrade", unit: "share", about: "The return that half of the trades stay below.", source: pardo, of: (facts) => median(returnsOf(facts)) },
  {
    name: "bestTrade",
    unit: "share",
    about: "Highest return of a trade.",
    source: pardo,
    of: (facts) => returnsOf(facts).reduce((a, b) => Math.max(a, b), -Infinity),
  },
  {
    name: "worstTrade",
    unit: "share",
    about: "Lowest return of a trade.",
    source: pardo,
    of: (facts) => returnsOf(facts).reduce((a, b) => Math.min(a, b), Infinity),
  },
  {
    name: "averageHolding",
    unit: "bars",
    about: "Mean number of bars from the bar of the entry to that of the exit.",
    source: pardo,
    of: (facts) => mean(trades(facts).map(({ entryIndex, exitIndex }) => exitIndex - entryIndex)),
  },
  {
    name: "losingStreak",
    unit: "count",
    about: "Most trades in a row that lost.",
    source: pardo,
    of: (facts) => (trades(facts).length === 0 ? null : losingStreak(facts)),
  },
  {
    name: "longShare",
    unit: "share",
    about: "Long trades over all trades; the rest are short.",
    source: pardo,
    of: (facts) => trades(facts).filter(({ side }) => side === "long").length / trades(facts).length,
  },
  {
    name: "ambiguousShare",
    unit: "share",
    about: "Trades that ended in a bar which touched two exits, so that the worse was taken, over all trades.",
    source: "fill-model.md",
    of: (facts) => trades(facts).filter(({ ambiguous }) => ambiguous).length / trades(facts).length,
  },
];
