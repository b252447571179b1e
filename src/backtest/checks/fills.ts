import type { Check } from "./check.ts";

/** Share of trades of which the bar left open which exit came first. Fills at the very close that a decision was computed on pass at no share. */
export const fills: Check = {
  name: "fills",
  meaning: "a fill at a price that is only known when it is gone, or in an order that the bar does not tell, is a fill that nobody gets",
  async ask({ judged, settings }) {
    const all = judged.trades.length;
    const ambiguous = judged.trades.filter((trade) => trade.ambiguous).length;
    const figure = all === 0 ? null : ambiguous / all;
    if (settings.fill !== "next-open") return { figure, found: `fill: ${settings.fill} assumes the very close that it decides on`, sound: false };
    if (all === 0) return { figure, found: "no trade was made, so no fill was seen" };
    return { figure, found: `${ambiguous} of ${all} trades ended in a bar that touched both exits; all fills from the next open on` };
  },
};
