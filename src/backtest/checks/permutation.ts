import { chanceInTheTail, chanceOf, chanceOfMore } from "../statistics/chance-of.ts";
import { putTogether, takeApart } from "../statistics/permuted-bars.ts";
import { limitOf, type Check } from "./check.ts";
import { yearly } from "./returns.ts";

/**
 * p-value of the best of N. The bars lose their drift, then their order: gaps and shapes are permuted, and every variant of the grid trades the result. The
 * figure is how often the best of them does as well as the judged variant on the bars in their true order, also without drift. N is the number of
 * variants its parameters allow, or that are on record for these bars, whichever is larger: what was not tried on permuted bars counts by Šidák's
 * correction. A grid too large to try is not tried at all: then only the judged variant is, with N in the correction and the normal tail where no
 * permutation reaches it. T. Masters, Permutation and Randomization Tests for Trading System Development, 2018.
 */
export const permutation: Check = {
  name: "permutation",
  meaning: "on bars without order there is nothing to find; a strategy that finds as much there has found nothing here",
  needs: ["permutations"],
  async ask(subject) {
    const { bars, variants, trials, seed, parameters } = subject;
    const apart = bars.map(takeApart);
    if (!apart.every((each) => each !== undefined)) return { figure: null, found: "there are prices that are not above zero" };
    const [judged = null] = await subject.sharpes(
      [parameters],
      apart.map((each) => putTogether(each)),
    );
    if (judged === null) return { figure: null, found: "without the drift of its bars it has no Sharpe ratio" };
    const count = limitOf(subject, "permutations");
    const best = await subject.permuted(variants.grid, { seed, count });
    const tried = variants.grid.length;
    const all = Math.max(variants.possible, trials.count, tried);
    const figure = chanceOfMore(tried === 1 ? chanceInTheTail(judged, best) : chanceOf(judged, best), tried, all);
    const reached = best.filter((ratio) => ratio >= judged).length;
    const of = tried === 1 ? "the same variant" : `the best of ${tried}`;
    const more = all > tried ? `; counted as the best of ${all}` : "";
    return { figure, found: `Sharpe ratio ${yearly(judged, subject)} without drift; ${of} reaches it on ${reached} of ${count} permutations${more}` };
  },
};
