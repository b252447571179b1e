import type { BacktestResult } from "../backtest.ts";
import { sharpeRatio } from "../statistics/moments.ts";
import type { Answered, Subject } from "./subject.ts";

/** Returns of the equity, one a bar: of the first against the cash at the start. NaN from the bar on at which all is lost. */
export function barReturns({ equity: { equity, length } }: BacktestResult, cash: number): Float64Array {
  const returns = new Float64Array(length);
  let before = cash;
  for (let i = 0; i < length; i += 1) {
    const now = equity[i] as number;
    returns[i] = before > 0 ? now / before - 1 : Number.NaN;
    before = now;
  }
  return returns;
}

/** The last `length` of them, with zeros in front where there are fewer: a variant that warms up longer has earned nothing until then. */
export function lastReturns(returns: Float64Array, length: number): Float64Array {
  if (returns.length >= length) return returns.subarray(returns.length - length);
  const padded = new Float64Array(length);
  padded.set(returns, length - returns.length);
  return padded;
}

/** Sharpe ratio a bar; null where it is undefined, as when nothing was traded. */
export function sharpeOf(result: BacktestResult, subject: Pick<Subject, "settings">): number | null {
  return result.trades.length === 0 ? null : sharpeRatio(barReturns(result, subject.settings.account.cash));
}

/** In words, as a Sharpe ratio of a year. */
export function yearly(ratio: number | null, { barsPerYear }: Pick<Subject, "barsPerYear">): string {
  return ratio === null ? "none" : (ratio * Math.sqrt(barsPerYear)).toFixed(2);
}

/** What is left of the judged Sharpe ratio; null when there was none above zero to lose, so that of two losses none is a share of the other. */
export function shareLeft(left: number | null, whole: number | null): number | null {
  return whole === null || whole <= 0 || left === null ? null : left / whole;
}

/** The result; an answer without one makes the check fail. */
export function resultOf(answer: Answered | undefined): BacktestResult {
  if (answer?.ok === true) return answer.result;
  throw new Error(`the strategy failed when it was run again: ${answer?.why ?? "no answer"}`);
}
