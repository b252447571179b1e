import type { EquityCurve } from "../backtest.ts";

/** Everything about the times in which equity was below a peak. Shares and money are above 0. */
export interface Drawdowns {
  /** Equity was below its highest value so far, by this share at most. NaN without rows. */
  deepest: number;
  deepestMoney: number;
  /** From a peak until equity was back at it, or until the end; 0 where it never fell. */
  longestMs: number;
  /** Of every stretch below a peak, how deep it went. */
  depths: number[];
  /** Mean of the squared shares below the peak, over all rows. */
  meanSquare: number;
  /** Rows below a peak over all rows. */
  under: number;
}

/** The starting cash is the first peak. */
export function drawdownsOf({ equity, ts, length }: EquityCurve, cash: number): Drawdowns {
  const found: Drawdowns = {
    deepest: length === 0 ? Number.NaN : 0,
    deepestMoney: length === 0 ? Number.NaN : 0,
    longestMs: 0,
    depths: [],
    meanSquare: 0,
    under: 0,
  };
  let peak = cash;
  let peakMs = ts[0] ?? 0;
  let depth = 0;
  let squares = 0;
  let under = 0;
  for (let row = 0; row < length; row++) {
    const value = equity[row] as number;
    if (value >= peak) {
      if (depth > 0) found.depths.push(depth);
      if (depth > 0) found.longestMs = Math.max(found.longestMs, (ts[row] as number) - peakMs);
      peak = value;
      peakMs = ts[row] as number;
      depth = 0;
      continue;
    }
    const below = 1 - value / peak;
    depth = Math.max(depth, below);
    squares += below * below;
    under++;
    found.deepest = Math.max(found.deepest, below);
    found.deepestMoney = Math.max(found.deepestMoney, peak - value);
  }
  if (depth > 0) {
    found.depths.push(depth);
    found.longestMs = Math.max(found.longestMs, (ts[length - 1] as number) - peakMs);
  }
  found.meanSquare = squares / length;
  found.under = under / length;
  return found;
}
