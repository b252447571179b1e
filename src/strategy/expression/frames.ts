import type { Bars } from "../bars.ts";
import { lastClosed, resample } from "../resample.ts";
import { timeframeMs } from "../timeframe.ts";

/** A higher timeframe over bars: its own bars, and for each base bar the last of them that is closed (−1 before the first). */
export interface Frame {
  /** E.g. 1w. */
  timeframe: string;
  bars: Bars;
  closed: Int32Array;
}

const known = new WeakMap<Bars, Map<string, Frame>>();

/** Made once for the same bars, and gone with them. Error: strategy/bad-timeframe when it is no multiple of the base. */
export function frameOf(bars: Bars, base: string, timeframe: string): Frame {
  let frames = known.get(bars);
  if (frames === undefined) known.set(bars, (frames = new Map()));
  let frame = frames.get(timeframe);
  if (frame === undefined) {
    const higher = resample(bars, timeframeMs(timeframe));
    frame = { timeframe, bars: higher, closed: lastClosed(bars, timeframeMs(base), higher, timeframeMs(timeframe)) };
    frames.set(timeframe, frame);
  }
  return frame;
}
