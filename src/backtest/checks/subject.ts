import type { GateLimitName } from "../../base/gate-limits.ts";
import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Bars } from "../../strategy/bars.ts";
import type { Strategy } from "../../strategy/strategy.ts";
import type { BacktestResult } from "../backtest.ts";
import type { BacktestSettings } from "../settings.ts";

/** A strategy before the gate: what it is, what it did, and how to let it run again. */
export interface Subject {
  strategy: Strategy;
  /** Of the variant that is judged. */
  parameters: ParameterValues;
  /** With costs no lower than policy's floor. */
  settings: BacktestSettings;
  /** One a market. */
  bars: readonly Bars[];
  /** Of the markets, in the same order. */
  data: readonly { name: string; missing: number }[];
  /** The backtest of the judged variant, whose orders and equity the checks compare with. */
  judged: BacktestResult;
  /** Bars of the equity curve that make a year. */
  barsPerYear: number;
  variants: Variants;
  trials: Trials;
  /** What policy and strategy.yaml together ask for; a name that is missing is set by no policy. */
  limits: Readonly<Partial<Record<GateLimitName, number | undefined>>>;
  seed: number;
  /** Runs the strategy again. With `isolated`, in a place that has seen no other bars. */
  run(again: readonly Again[], options?: { isolated?: boolean }): Promise<Answered[]>;
  /** Sharpe ratios a bar of many variants on the same bars; null where one is undefined. `varied`: of a declared strategy that was made of this one. */
  sharpes(variants: readonly ParameterValues[], bars: readonly Bars[], varied?: Strategy): Promise<(number | null)[]>;
  /** The best Sharpe ratio a bar among the variants on each of so many permutations of the bars, as `bestOf` has it. */
  permuted(variants: readonly ParameterValues[], permutations: { seed: number; count: number }): Promise<number[]>;
}

export interface Variants {
  /** The judged one first, then the rest of its grid that can be tried on permuted bars; it alone when the grid is too large for that. */
  grid: readonly ParameterValues[];
  /** The judged one first, then so many of its grid as can be traded bar by bar. */
  sample: readonly ParameterValues[];
  /** One step away in one parameter. */
  neighbours: readonly ParameterValues[];
  /** That its parameters allow; 1 when it has none. */
  possible: number;
}

/** What is on record for these bars, the judged variant counted. */
export interface Trials {
  count: number;
  /** Sharpe ratios a bar, of those that have one. */
  sharpes: readonly number[];
}

/** One backtest that is wanted again, with what differs. */
export interface Again {
  parameters: ParameterValues;
  settings?: BacktestSettings | undefined;
  bars?: readonly Bars[] | undefined;
}

export type Answered = { ok: true; result: BacktestResult } | { ok: false; why: string };
