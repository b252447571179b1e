import { AgentctlError } from "../base/errors.ts";
import { barsOf, type Bars } from "./bars.ts";
import { barStart, timeframeOf } from "./timeframe.ts";

/**
 * Bars of a longer timeframe: first open, highest high, lowest low, last close, sum of the volumes (NaN where one of them is). A bar stands at the opening
 * time of its stretch (`barStart`), even where the first of its base bars is missing; a stretch without base bars makes no bar. The last bar is there
 * even when its stretch is unfinished, since the base does not tell: who needs closed bars only asks `lastClosed`, which never points at a bar before
 * its whole stretch is over. Errors: strategy/bad-timeframe (no length).
 */
export function resample(bars: Bars, toMs: number): Bars {
  const starts = stretches(bars, toMs);
  const length = starts.length;
  const made = barsOf(length, () => new Float64Array(length));
  const { ts, open, high, low, close, volume } = made;
  for (let k = 0; k < length; k++) {
    const from = starts[k] as number;
    const to = starts[k + 1] ?? bars.length;
    let top = bars.high[from] as number;
    let bottom = bars.low[from] as number;
    let units = bars.volume[from] as number;
    for (let t = from + 1; t < to; t++) {
      if ((bars.high[t] as number) > top) top = bars.high[t] as number;
      if ((bars.low[t] as number) < bottom) bottom = bars.low[t] as number;
      units += bars.volume[t] as number;
    }
    ts[k] = barStart(bars.ts[from] as number, toMs);
    open[k] = bars.open[from] as number;
    high[k] = top;
    low[k] = bottom;
    close[k] = bars.close[to - 1] as number;
    volume[k] = units;
  }
  return made;
}

/** Index of the first base bar of every stretch. */
function stretches(bars: Bars, toMs: number): number[] {
  if (!(toMs > 0)) throw new AgentctlError("strategy/bad-timeframe", `${toMs} ms is not a timeframe`);
  const starts: number[] = [];
  let current = Number.NaN;
  for (let t = 0; t < bars.length; t++) {
    const start = barStart(bars.ts[t] as number, toMs);
    if (start === current) continue;
    starts.push(t);
    current = start;
  }
  return starts;
}

/**
 * For each base bar the index of the last higher bar that is closed by the time the base bar closes, −1 before the first. This is what a decision at the
 * base bar's close may know. A higher bar closes when its whole stretch is over, also where its last base bars are missing.
 * Errors: strategy/bad-timeframe (the higher timeframe is not a multiple of the base's).
 */
export function lastClosed(base: Bars, baseMs: number, higher: Bars, higherMs: number): Int32Array {
  if (higherMs < baseMs || higherMs % baseMs !== 0) {
    throw new AgentctlError("strategy/bad-timeframe", `${timeframeOf(higherMs)} is not made of bars of ${timeframeOf(baseMs)}`, {
      hint: "choose a multiple of the bars' own timeframe",
    });
  }
  const closed = new Int32Array(base.length);
  let next = 0;
  for (let t = 0; t < base.length; t++) {
    const nowMs = (base.ts[t] as number) + baseMs;
    while (next < higher.length && (higher.ts[next] as number) + higherMs <= nowMs) next++;
    closed[t] = next - 1;
  }
  return closed;
}
