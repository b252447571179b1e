import type { Check } from "./check.ts";

/** Closed trades, slices of one order counted once; those that only the end of the data closed say nothing. */
export const trades: Check = {
  name: "trades",
  meaning: "what a handful of trades earned is luck, and a strategy that never trades has shown nothing at all",
  async ask({ judged, settings }) {
    const closed = judged.trades.filter(({ exit }) => exit !== "end");
    const won = closed.filter(({ profit }) => profit > 0).length;
    const ended = (judged.equity.equity.at(-1) ?? Number.NaN) - settings.account.cash;
    const result = ended > 0 ? "ended with a gain" : "ended with a loss";
    const refused = judged.refused > 0 ? `, ${judged.refused} orders refused` : "";
    // What is bought at once and sold in slices was one decision, and so was the other way round.
    const decided = Math.min(...(["entryOrder", "exitOrder"] as const).map((side) => new Set(closed.map((trade) => trade[side])).size));
    const slices = decided < closed.length ? ` of ${decided} ${decided === 1 ? "order" : "orders"}` : "";
    if (closed.length === 0) return { figure: 0, found: `no trade was closed over ${judged.bars} bars${refused}`, sound: false };
    return { figure: decided, found: `${closed.length} closed trades${slices}, ${won} won, ${result}${refused}; over ${judged.bars} bars`, sound: ended > 0 };
  },
};
