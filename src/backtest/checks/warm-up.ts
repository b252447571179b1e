import { sliceBars } from "../../strategy/bars.ts";
import type { Check } from "./check.ts";
import { resultOf } from "./returns.ts";
import { differing } from "./same-orders.ts";

/** The history before the first traded bar: a multiple of the warm-up that it says it needs, and some bars more, which one that counts bars trips over. */
const histories = [
  { times: 1, more: 0 },
  { times: 1.5, more: 7 },
  { times: 3, more: 31 },
];

/** Digits of prices that must be the same: a stop that is off by a hundredth of a thousandth is the same stop. */
const digits = 5;

/**
 * Trades the second half of the bars, with all of the history before it and with the least that the strategy says it needs. The figure is the share of
 * orders that differ, at worst; recursive indicators forget slowly, so a few may.
 */
export const warmUp: Check = {
  name: "warm-up",
  meaning: "orders that depend on how much history came before are other orders live, where it starts on another day",
  async ask(subject) {
    const { bars, parameters, judged } = subject;
    const first = bars.toSorted((a, b) => b.length - a.length)[0];
    const half = first === undefined ? 0 : Math.max(first.length >>> 1, Math.min(first.length, judged.warmup * 3));
    const fromMs = first?.ts[half];
    if (fromMs === undefined) return { figure: null, found: "there are too few bars to warm up on" };
    const settings = { ...subject.settings, fromMs };
    const lengths = histories.map(({ times, more }) => Math.ceil(judged.warmup * times) + more);
    const answers = await subject.run([
      { parameters, settings },
      ...lengths.map((length) => ({
        parameters,
        settings,
        bars: bars.map((each) => {
          const at = each.ts.findIndex((ts) => ts >= fromMs);
          return sliceBars(each, Math.max(0, (at === -1 ? each.length : at) - length));
        }),
      })),
    ]);
    const [whole = [], ...shorter] = answers.map((answer) => resultOf(answer).orders);
    const all = Math.max(whole.length, ...shorter.map(({ length }) => length));
    if (all === 0) return { figure: null, found: "nothing was ordered in the second half, so there is nothing to compare" };
    const shares = shorter.map((orders) => differing(whole, orders, { digits }).length / (whole.length + orders.length));
    const worst = Math.max(...shares);
    const bound = `${Math.min(...lengths)} to ${Math.max(...lengths)} bars of history`;
    return { figure: worst, found: `${(100 * worst).toFixed(1)} % of ${whole.length} orders differ with ${bound} instead of ${half}` };
  },
};
