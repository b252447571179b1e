import type { Bars } from "../../strategy/bars.ts";
import type { Check } from "./check.ts";

/** A market may stand still for an hour; beyond so many bars in a row its source does. */
const stillBarsMax = 5;

/** Share of bars that are missing (as the manifest counts them), stand still, or cannot be: prices not above zero, high below low, time going back. */
export const dataHealth: Check = {
  name: "data-health",
  meaning: "a backtest over bars that are not there or cannot be is a backtest of something else",
  async ask({ bars, data }) {
    const markets = bars.map((each, market) => {
      const { name = `market ${market}`, missing = Number.NaN } = data[market] ?? {};
      const [broken, still] = [brokenBars(each), stillBars(each)];
      return { name, missing, broken, still, share: (missing + broken + still) / (each.length + missing) };
    });
    const worst = markets.toSorted((a, b) => b.share - a.share)[0];
    if (worst === undefined || !bars.every(({ length }) => length > 0)) return { figure: null, found: "there are no bars" };
    const rows = bars.reduce((sum, { length }) => sum + length, 0);
    return {
      figure: worst.share,
      found: `${worst.missing} bars missing, ${worst.broken} impossible, ${worst.still} standing still in ${worst.name}; ${rows} bars in all`,
    };
  },
};

function brokenBars({ length, ts, open, high, low, close }: Bars): number {
  let broken = 0;
  for (let i = 0; i < length; i += 1) {
    const [top, bottom] = [high[i] as number, low[i] as number];
    const within = (price: number): boolean => price <= top && price >= bottom;
    // Comparisons with NaN are false.
    const whole = bottom > 0 && top < Infinity && within(open[i] as number) && within(close[i] as number);
    if (!whole || (i > 0 && !((ts[i] as number) > (ts[i - 1] as number)))) broken += 1;
  }
  return broken;
}

/** Bars at one and the same price throughout, beyond the first five of a stretch. */
function stillBars({ length, high, low, close }: Bars): number {
  let still = 0;
  let stretch = 0;
  for (let i = 1; i < length; i += 1) {
    stretch = high[i] === close[i - 1] && low[i] === close[i - 1] ? stretch + 1 : 0;
    if (stretch > stillBarsMax) still += 1;
  }
  return still;
}
