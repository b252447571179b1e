import type { BacktestSettings } from "../backtest/settings.ts";

/** Fewer trades than this say little of what comes. */
const fewTrades = 30;
/** Above this, where the price went within a bar decides the outcome, and bars do not say. */
const ambiguousShareMax = 0.02;

/** What there is to worry about; as on record. */
export interface WorryFacts {
  settings: BacktestSettings;
  committed: boolean;
  trades: number;
  /** Bars that left open which of two orders came first. */
  ambiguous: number;
  /** Orders. */
  refused: number;
  /** The check that must refuse it, of a strategy that is shipped to show a mistake. */
  knownBad?: string | undefined;
}

/** What a person should know before believing a backtest, one line each. */
export function worries({ settings, committed, trades, ambiguous, refused, knownBad }: WorryFacts): string[] {
  const { taker, maker, fixed, spread, slippage } = settings.costs;
  const said: [boolean, string][] = [
    [knownBad !== undefined, `it is shipped to show a mistake: the gate's check ${knownBad} must refuse it`],
    [trades === 0, "no trades: nothing was bought or sold; that is neither a gain nor a pass"],
    [trades > 0 && trades < fewTrades, `${trades === 1 ? "1 trade says" : `${trades} trades say`} little; a gate asks for more`],
    [refused > 0, `${refused} ${refused === 1 ? "order was" : "orders were"} refused; the table orders says why`],
    [
      trades > 0 && ambiguous / trades > ambiguousShareMax,
      `${ambiguous} bars left open what came first in ${trades} trades; the worse was taken, finer bars would tell`,
    ],
    [[taker, maker, fixed, spread].every((cost) => cost === 0) && slippage.model === "none", "no costs are set: what it earns may be what costs would take"],
    [settings.fill === "this-close", "orders fill at the very close that they were decided on, which nobody can do"],
    [!committed, "its files, or those of its data, are not in the commit that policy is read from; they are kept, so that it can be reproduced"],
  ];
  return said.flatMap(([worrying, line]) => (worrying ? [line] : []));
}
