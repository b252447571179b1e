import { isoTime } from "../../base/clock.ts";
import { seeded } from "../../base/seeded.ts";
import { sliceBars, type Bars } from "../../strategy/bars.ts";
import type { Order } from "../backtest.ts";
import type { Check } from "./check.ts";
import { resultOf } from "./returns.ts";
import { differing } from "./same-orders.ts";
import type { Subject } from "./subject.ts";

/** Declared strategies compile in a moment; code is run each time in a container of its own, so that nothing of a longer history is left from before. */
const prefixes = { declared: 400, code: 24 };

/**
 * Takes away the bars after a moment and runs again: what was asked for up to then must be the same, and so must the units that it came to, since nothing
 * later was known. Half of the moments are those of orders, where knowing one bar more would show; the rest are spread over the bars.
 */
export const lookAhead: Check = {
  name: "look-ahead",
  meaning: "orders that change when later bars are taken away were made with knowledge of them, which trading does not have",
  async ask(subject) {
    const { bars, judged, parameters, settings, strategy } = subject;
    const cuts = cutsOf(subject, prefixes[strategy.signals.kind]);
    if (cuts.length === 0 || judged.orders.length === 0) return { figure: null, found: "nothing was ordered, so there is nothing to compare" };
    const shortened = cuts.map((ts) => bars.map((each) => upTo(each, ts)));
    const answers = await subject.run(
      shortened.map((each) => ({ parameters, settings, bars: each })),
      { isolated: true },
    );
    const changed = new Map<string, Order>();
    let disagreeing = 0;
    answers.forEach((answer, at) => {
      const kept = shortened[at] as Bars[];
      const end = (order: Order): number => kept[order.market]?.length ?? 0;
      const asked = (order: Order): boolean => order.askedIndex < end(order);
      const dealt = (order: Order): boolean => order.filledIndex >= 0 && order.filledIndex < end(order);
      const orders = differing(judged.orders.filter(asked), resultOf(answer).orders.filter(asked), { dealt });
      if (orders.length > 0) disagreeing += 1;
      for (const order of orders) changed.set(`${order.market} ${order.askedIndex} ${order.side} ${order.type}`, order);
    });
    const [first] = changed.values();
    const example = first === undefined ? "" : `, e.g. the ${first.side} asked for on ${isoTime(first.askedTs).slice(0, 10)}`;
    return { figure: changed.size, found: `${cuts.length - disagreeing} of ${cuts.length} prefixes agree${example}` };
  },
};

/** Opening times of the last bars that are kept. */
function cutsOf({ bars, judged, seed }: Subject, count: number): number[] {
  const longest = bars.toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) return [];
  const chance = seeded(seed);
  const opened = judged.orders.map(({ market, askedIndex }) => bars[market]?.ts[askedIndex] ?? Number.NaN);
  const atOrders = Array.from({ length: Math.ceil(count / 2) }, () => opened[Math.floor(chance() * opened.length)] ?? Number.NaN);
  const from = Math.min(judged.warmup, longest.length - 1);
  const between = Array.from(
    { length: Math.floor(count / 2) },
    (_, i) => longest.ts[from + Math.floor(((i + chance()) * (longest.length - from)) / (count / 2))] ?? Number.NaN,
  );
  return [...new Set([...atOrders, ...between])].filter((ts) => !Number.isNaN(ts)).toSorted((a, b) => a - b);
}

function upTo(bars: Bars, ts: number): Bars {
  let end = bars.ts.findLastIndex((opened) => opened <= ts) + 1;
  if (end < 0) end = 0;
  return sliceBars(bars, 0, end);
}
