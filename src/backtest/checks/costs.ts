import type { Costs } from "../../strategy/strategy.ts";
import { limitOf, type Check } from "./check.ts";
import { resultOf, shareLeft, sharpeOf, yearly } from "./returns.ts";

/** Every cost times `factor`. */
export function multiplied(costs: Costs, factor: number): Costs {
  const { slippage } = costs;
  return {
    taker: costs.taker * factor,
    maker: costs.maker * factor,
    fixed: costs.fixed * factor,
    spread: costs.spread * factor,
    borrow: costs.borrow * factor,
    slippage:
      slippage.model === "none"
        ? slippage
        : slippage.model === "volume"
          ? { model: slippage.model, impact: slippage.impact * factor }
          : { model: slippage.model, share: slippage.share * factor },
  };
}

/**
 * Costs of which a fill costs no less than `floor` of its value. What a taker pays for sure is the fee, half of the spread and slippage as a share; a maker
 * pays its fee. What depends on the bar counts as nothing, since it may be nothing.
 */
export function raised(costs: Costs, floor: number): Costs {
  const sure = costs.taker + costs.spread / 2 + (costs.slippage.model === "share" ? costs.slippage.share : 0);
  return { ...costs, taker: costs.taker + Math.max(0, floor - sure), maker: Math.max(costs.maker, floor) };
}

/** Runs again with all costs multiplied, after they were raised to policy's floor. It must still end with a gain. */
export const costs: Check = {
  name: "costs",
  meaning: "costs are what a backtest knows least; what they can eat up is not an edge",
  needs: ["cost-factor", "cost-floor"],
  async ask(subject) {
    const { parameters, settings, judged, strategy } = subject;
    const factor = limitOf(subject, "cost-factor");
    const dearer = { ...settings, costs: multiplied(settings.costs, factor) };
    const [answer] = await subject.run([{ parameters, settings: dearer }]);
    const result = resultOf(answer);
    const [before, after] = [sharpeOf(judged, subject), sharpeOf(result, subject)];
    const gained = (result.equity.equity.at(-1) ?? Number.NaN) > settings.account.cash;
    const lifted = settings.costs.taker > strategy.costs.taker || settings.costs.maker > strategy.costs.maker;
    const floor = lifted ? `costs raised to the floor of ${limitOf(subject, "cost-floor")}: ` : "";
    const end = gained ? "" : ", a loss";
    return {
      figure: shareLeft(after, before),
      found: `${floor}Sharpe ratio ${yearly(before, subject)}, and ${yearly(after, subject)} with costs × ${factor}${end}`,
      sound: gained,
    };
  },
};
