import { median } from "../statistics/quantile.ts";
import type { Check } from "./check.ts";
import { shareLeft, sharpeOf, yearly } from "./returns.ts";

/** Sharpe ratio of the median neighbour, one step away in one parameter, as a share of its own. A neighbour without one counts as 0. */
export const neighbours: Check = {
  name: "neighbours",
  meaning: "an edge has a slope; parameters that work only exactly as they are were chosen after the fact",
  async ask(subject) {
    const { variants, strategy, bars } = subject;
    const before = sharpeOf(subject.judged, subject);
    if (before === null) return { figure: null, found: "it has no Sharpe ratio to compare with" };
    if (Object.keys(strategy.parameters).length === 0) return { figure: 1, found: "not asked: the strategy has no parameters, so it has no neighbours" };
    if (variants.neighbours.length === 0) return { figure: null, found: "no other values of its parameters are allowed, so nothing can be compared" };
    const beside = await subject.sharpes(variants.neighbours, bars);
    const middle = median(beside.map((ratio) => ratio ?? 0));
    return {
      figure: shareLeft(middle, before),
      found: `Sharpe ratio ${yearly(before, subject)}; the median of ${beside.length} neighbours has ${yearly(middle, subject)}`,
    };
  },
};
