import { sortedQuantile } from "../statistics/quantile.ts";
import type { MetricFacts } from "./facts.ts";
import type { Metric } from "./metric.ts";

/** Below this, the worst twentieth is not one whole return. */
const tailMin = 20;

/** The worst twentieth of the returns, the last of them counted in part. */
function expectedShortfall({ sorted }: MetricFacts): number | null {
  const count = sorted.length;
  if (count < tailMin) return null;
  const whole = Math.floor(count / 20);
  const worst = sorted.subarray(0, whole).reduce((sum, value) => sum + value, (count / 20 - whole) * (sorted[whole] ?? 0));
  return (-worst * 20) / count;
}

function tailRatio({ sorted }: MetricFacts): number | null {
  if (sorted.length < tailMin) return null;
  const [low, high] = [sortedQuantile(sorted, 0.05), sortedQuantile(sorted, 0.95)];
  return low < 0 ? high / -low : null;
}

const highest = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)));
const lowest = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b)));

export const riskMetrics: readonly Metric[] = [
  {
    name: "maxDrawdown",
    unit: "share",
    about: "How far equity fell below its highest value so far at most, as a share of it; the starting cash is the first peak.",
    source: "M. Magdon-Ismail, A. Atiya, Maximum Drawdown (2004)",
    of: ({ drawdowns }) => drawdowns.deepest,
  },
  {
    name: "maxDrawdownMoney",
    unit: "money",
    about: "The most money that equity was below its highest value so far.",
    source: "as max drawdown",
    of: ({ drawdowns }) => drawdowns.deepestMoney,
  },
  {
    name: "maxDrawdownDays",
    unit: "days",
    about: "Longest time from a peak until equity was back at it, or until the end.",
    source: "A. Chekhlov, S. Uryasev, M. Zabarankin, Drawdown Measure in Portfolio Optimization (2005)",
    of: ({ drawdowns, result }) => (result.equity.length === 0 ? null : drawdowns.longestMs / 86_400_000),
  },
  {
    name: "averageDrawdown",
    unit: "share",
    about: "Mean depth of all stretches below a peak.",
    source: "A. Chekhlov, S. Uryasev, M. Zabarankin (2005)",
    of: ({ drawdowns: { depths } }) => depths.reduce((sum, depth) => sum + depth, 0) / depths.length,
  },
  {
    name: "ulcerIndex",
    unit: "share",
    about: "Root of the mean square of how far equity is below its peak, over all bars.",
    source: "P. G. Martin, B. B. McCann, The Investor's Guide to Fidelity Funds (1989)",
    of: ({ drawdowns }) => Math.sqrt(drawdowns.meanSquare),
  },
  {
    name: "timeUnderWater",
    unit: "share",
    about: "Bars at whose close equity was below its peak, over all bars.",
    source: "M. López de Prado, Advances in Financial Machine Learning (2018), chapter 14",
    of: ({ drawdowns }) => drawdowns.under,
  },
  {
    name: "skewness",
    unit: "ratio",
    about: "Third standardised moment of the returns; below 0, the large moves are losses.",
    source: "K. Pearson's moment coefficient, of the population",
    of: ({ shape }) => shape.skewness,
  },
  {
    name: "kurtosis",
    unit: "ratio",
    about: "Fourth standardised moment of the returns less 3; above 0, large moves are more frequent than in a normal distribution.",
    source: "R. A. Fisher's excess kurtosis, of the population",
    of: ({ shape }) => shape.kurtosis - 3,
  },
  {
    name: "valueAtRisk95",
    unit: "share",
    about: "Loss of a bar that one bar in twenty reached: the ⌈n/20⌉th smallest return, turned positive. From 20 returns on.",
    source: "P. Jorion, Value at Risk (2006), historical method",
    of: ({ sorted }) => (sorted.length < tailMin ? null : -(sorted[Math.ceil(sorted.length / 20) - 1] ?? Number.NaN)),
  },
  {
    name: "expectedShortfall95",
    unit: "share",
    about: "Mean loss in the worst twentieth of the bars (CVaR). From 20 returns on.",
    source: "C. Acerbi, D. Tasche, On the Coherence of Expected Shortfall (2002)",
    of: expectedShortfall,
  },
  {
    name: "tailRatio",
    unit: "ratio",
    about: "95 % quantile of the returns over the 5 % quantile turned positive; above 1, gains reach further than losses. From 20 returns on.",
    source: "empyrical, tail_ratio; quantiles of Hyndman and Fan (1996), type 7",
    of: tailRatio,
  },
  {
    name: "bestDay",
    unit: "share",
    about: "Highest return of a UTC day; none for bars longer than a day.",
    source: "GIPS 2020, periodic returns",
    of: ({ days }) => highest(days),
  },
  {
    name: "worstDay",
    unit: "share",
    about: "Lowest return of a UTC day; none for bars longer than a day.",
    source: "GIPS 2020, periodic returns",
    of: ({ days }) => lowest(days),
  },
  {
    name: "bestMonth",
    unit: "share",
    about: "Highest return of a calendar month (UTC); the first and the last may be parts of one.",
    source: "GIPS 2020, periodic returns",
    of: ({ months }) => highest(months),
  },
  {
    name: "worstMonth",
    unit: "share",
    about: "Lowest return of a calendar month (UTC); the first and the last may be parts of one.",
    source: "GIPS 2020, periodic returns",
    of: ({ months }) => lowest(months),
  },
  {
    name: "positiveMonths",
    unit: "share",
    about: "Calendar months that ended above where they began, over all months.",
    source: "GIPS 2020, periodic returns",
    of: ({ months }) => months.filter((value) => value > 0).length / months.length,
  },
];
