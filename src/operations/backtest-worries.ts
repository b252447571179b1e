import type { BacktestResult } from "../backtest/backtest.ts";
import type { ReadyStrategy } from "./strategy-source.ts";

/** Fewer trades than this say little of what comes. */
const fewTrades = 30;
/** Above this, where the price went within a bar decides the outcome, and bars do not say. */
const ambiguousShareMax = 0.02;

/** What a person should know before believing a backtest, one line each. */
export function worries(ready: Pick<ReadyStrategy, "strategy" | "settings" | "committed">, figures: BacktestResult): string[] {
  const { strategy, settings, committed } = ready;
  const { taker, maker, fixed, spread, slippage } = settings.costs;
  const trades = figures.trades.length;
  const ambiguous = figures.trades.filter((trade) => trade.ambiguous).length;
  const refused = figures.refused;
  const said: [boolean, string][] = [
    [strategy.knownBad !== undefined, `${strategy.name} is shipped to show a mistake: ${strategy.knownBad} must refuse it`],
    [trades === 0, `no trades: nothing was bought or sold${refused > 0 ? `, ${refused} orders were refused` : ""}; this is neither a gain nor a pass`],
    [trades > 0 && trades < fewTrades, `${trades === 1 ? "1 trade says" : `${trades} trades say`} little; ${fewTrades} or more are worth a look`],
    [trades > 0 && refused > 0, `${refused} ${refused === 1 ? "order was" : "orders were"} refused (why: agentctl backtest show)`],
    [
      trades > 0 && ambiguous / trades > ambiguousShareMax,
      `${ambiguous} of ${trades} trades ended in a bar that touched two exits; the worse was taken, finer bars would tell`,
    ],
    [[taker, maker, fixed, spread].every((cost) => cost === 0) && slippage.model === "none", "no costs are set: what it earns is what costs would take"],
    [settings.fill === "this-close", "orders fill at the very close that they were decided on, which nobody can do"],
    [!committed, "its files are not those of the commit; they are kept, so that it can be reproduced"],
  ];
  return said.flatMap(([worrying, line]) => (worrying ? [line] : []));
}
