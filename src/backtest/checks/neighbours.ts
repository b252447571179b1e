import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Strategy } from "../../strategy/strategy.ts";
import { median } from "../statistics/quantile.ts";
import type { Check } from "./check.ts";
import { constantsOf } from "./constants-of.ts";
import { neighboursOf } from "./neighbours-of.ts";
import { shareLeft, sharpeOf, yearly } from "./returns.ts";
import type { Subject } from "./subject.ts";

/**
 * Sharpe ratio of the median neighbour, one step away in one parameter, as a share of its own. The numbers written into the rules have neighbours of their
 * own, or a parameter that is called a constant would be none; the figure is the lower of the two. A neighbour without a ratio counts as 0.
 */
export const neighbours: Check = {
  name: "neighbours",
  meaning: "an edge has a slope; parameters that work only exactly as they are were chosen after the fact",
  async ask(subject) {
    const { variants, strategy } = subject;
    const before = sharpeOf(subject.judged, subject);
    if (before === null) return { figure: null, found: "it has no Sharpe ratio to compare with" };
    const written = await besideConstants(subject);
    const declared = Object.keys(strategy.parameters).length > 0;
    if (!declared && written === undefined) return { figure: 1, found: "not asked: the strategy has no parameters, so it has no neighbours" };
    if ((declared && variants.neighbours.length === 0) || written?.length === 0) {
      return { figure: null, found: "no other values of its parameters or rules are allowed, so nothing can be compared" };
    }
    const beside = declared ? await subject.sharpes(variants.neighbours, subject.bars) : [];
    const middles = [beside, written ?? []].filter(({ length }) => length > 0).map((ratios) => median(ratios.map((ratio) => ratio ?? 0)));
    const parts = [
      ...(beside.length > 0 ? [`the median of ${beside.length} neighbours has ${yearly(middles[0] ?? null, subject)}`] : []),
      ...(written !== undefined ? [`with the numbers in its rules moved, the median of ${written.length} has ${yearly(middles.at(-1) ?? null, subject)}`] : []),
    ];
    return { figure: shareLeft(Math.min(...middles), before), found: `Sharpe ratio ${yearly(before, subject)}; ${parts.join("; ")}` };
  },
};

/** Ratios with one number of the rules a step aside; where a rule does not allow it, e.g. a period of 0, there is none. undefined without such numbers. */
async function besideConstants({ strategy, parameters, bars, sharpes }: Subject): Promise<(number | null)[] | undefined> {
  const constants = constantsOf(strategy);
  if (constants === undefined) return undefined;
  const values = { ...parameters, ...constants.values };
  const own = Object.fromEntries(Object.entries(constants.strategy.parameters).filter(([name]) => Object.hasOwn(constants.values, name)));
  const found: (number | null)[] = [];
  for (const each of neighboursOf(own, values, () => true)) found.push(...(await allowed(constants.strategy, each)));
  return found;

  async function allowed(varied: Strategy, variant: ParameterValues): Promise<(number | null)[]> {
    try {
      return await sharpes([variant], bars, varied);
    } catch {
      return [];
    }
  }
}
