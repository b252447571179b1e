import { probabilisticSharpe } from "../statistics/deflated-sharpe.ts";
import { sharpeRatio } from "../statistics/moments.ts";
import type { MetricFacts } from "./facts.ts";
import type { Metric } from "./metric.ts";

const last = ({ result: { equity } }: MetricFacts): number => (equity.length === 0 ? Number.NaN : (equity.equity[equity.length - 1] as number));

export function cagr(facts: MetricFacts): number {
  const growth = last(facts) / facts.cash;
  return growth > 0 && facts.years > 0 ? growth ** (1 / facts.years) - 1 : Number.NaN;
}

function sortino({ returns, shape, perYear }: MetricFacts): number | null {
  if (returns.length < 2) return null;
  const squares = returns.reduce((sum, value) => sum + (value < 0 ? value * value : 0), 0);
  return (shape.mean / Math.sqrt(squares / returns.length)) * Math.sqrt(perYear);
}

function omega({ returns }: MetricFacts): number {
  let gained = 0;
  let lost = 0;
  for (const value of returns) {
    if (value > 0) gained += value;
    else lost -= value;
  }
  return gained / lost;
}

function sharpe({ returns, perYear }: MetricFacts): number | null {
  const ratio = sharpeRatio(returns);
  return ratio === null ? null : ratio * Math.sqrt(perYear);
}

const varied = (shape: MetricFacts["shape"]): boolean => shape.count > 1 && shape.deviation > 0;

export const returnMetrics: readonly Metric[] = [
  {
    name: "totalReturn",
    unit: "share",
    about: "Equity at the end over the starting cash, minus 1.",
    source: "GIPS 2020, time-weighted return without external flows",
    of: (facts) => last(facts) / facts.cash - 1,
  },
  {
    name: "cagr",
    unit: "share",
    about: "Growth a year: (equity at the end / starting cash)^(1 / years) − 1, years of 365.25 days from the first close to the last.",
    source: "CFA Institute, compound annual growth rate",
    of: cagr,
  },
  {
    name: "volatility",
    unit: "share",
    about: "Standard deviation (n − 1) of the returns a bar, times the root of the bars a year that the data has.",
    source: "RiskMetrics Technical Document (1996), square-root-of-time rule",
    of: ({ shape, perYear }) => (shape.count < 2 ? null : shape.deviation * Math.sqrt(perYear)),
  },
  {
    name: "sharpe",
    unit: "ratio",
    about: "Mean return a bar over its standard deviation, times the root of the bars a year; cash is taken to earn nothing.",
    source: "W. F. Sharpe, The Sharpe Ratio (1994)",
    of: sharpe,
  },
  {
    name: "probabilisticSharpe",
    unit: "share",
    about:
      "Probability that the true Sharpe ratio is above 0, given the length, skewness and kurtosis of the returns. Knows nothing of how many variants were tried.",
    source: "D. H. Bailey, M. López de Prado, The Sharpe Ratio Efficient Frontier (2012), equation 11",
    of: ({ shape }) => (varied(shape) ? probabilisticSharpe(shape, 0) : null),
  },
  {
    name: "sortino",
    unit: "ratio",
    about: "Mean return a bar over the root of the mean square of the returns below 0 (all bars count), times the root of the bars a year.",
    source: "F. A. Sortino, L. N. Price, Performance Measurement in a Downside Risk Framework (1994)",
    of: sortino,
  },
  {
    name: "calmar",
    unit: "ratio",
    about: "Growth a year over the deepest drawdown, over the whole range.",
    source: "T. W. Young, Calmar Ratio: A Smoother Tool (1991), there over 36 months",
    of: (facts) => cagr(facts) / facts.drawdowns.deepest,
  },
  {
    name: "omega",
    unit: "ratio",
    about: "Sum of the returns above 0 over the sum of those below.",
    source: "C. Keating, W. F. Shadwick, A Universal Performance Measure (2002), threshold 0",
    of: omega,
  },
];
