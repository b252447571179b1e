import type { Bars } from "../strategy/bars.ts";
import type { BacktestSettings } from "./settings.ts";

/** The run's clock: the distinct closing times of all markets' bars in order. */
export interface Moments {
  /** How many there are. */
  readonly count: number;
  /** When the bars of each opened. */
  readonly opened: Float64Array;
  /** The first one past the warm-up of every market; `count` when there is none. */
  readonly firstStep: number;
  /** Bars of all markets before it. */
  readonly warmup: number;
  /** Bars of all markets. */
  readonly bars: number;
}

/**
 * When trading starts: every market has had the bars that its indicators and the settings ask for, `moments` moments are over, and a bar opened at or after
 * `fromMs`.
 */
export function planMoments(bars: readonly Bars[], settings: BacktestSettings, needed: readonly number[], moments: number): Moments {
  const least = needed.map((count) => count + settings.warmup);
  const from = settings.fromMs ?? -Infinity;
  const total = bars.reduce((sum, { length }) => sum + length, 0);
  const [only] = bars;
  if (bars.length === 1 && only !== undefined) {
    let first = Math.min(Math.max(least[0] ?? 0, moments), only.length);
    while (first < only.length && (only.ts[first] as number) < from) first += 1;
    return { count: only.length, opened: only.ts, firstStep: first, warmup: first, bars: total };
  }
  const at = bars.map(() => 0);
  const opened: number[] = [];
  let firstStep = Number.NaN;
  let warmup = total;
  for (let ts = nextMoment(bars, at); ts < Infinity; ts = nextMoment(bars, at)) {
    const before = at.reduce((sum, index) => sum + index, 0);
    for (let market = 0; market < bars.length; market++) if ((bars[market] as Bars).ts[at[market] as number] === ts) at[market] = (at[market] as number) + 1;
    if (Number.isNaN(firstStep) && opened.length >= moments && ts >= from && at.every((index, market) => index > (least[market] as number))) {
      firstStep = opened.length;
      warmup = before;
    }
    opened.push(ts);
  }
  return { count: opened.length, opened: Float64Array.from(opened), firstStep: Number.isNaN(firstStep) ? opened.length : firstStep, warmup, bars: total };
}

/** The earliest opening time among the markets' next bars; Infinity after the last. */
export function nextMoment(bars: readonly Bars[], at: readonly number[]): number {
  let earliest = Infinity;
  for (let market = 0; market < bars.length; market++) {
    const { ts, length } = bars[market] as Bars;
    const index = at[market] as number;
    if (index < length && (ts[index] as number) < earliest) earliest = ts[index] as number;
  }
  return earliest;
}
