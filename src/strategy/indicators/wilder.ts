import { indicator, isNumber, periodSetting, settingOf, type Settings } from "./indicator.ts";

const period = (settings: Settings): number => settingOf(settings, "period");

/** Wilder's average: the plain mean of the first `period` values, then each new one counts 1 / period. */
export class Wilder {
  readonly #period: number;
  #count = 0;
  #average = 0;

  constructor(period: number) {
    this.#period = period;
  }

  forget(): void {
    this.#count = this.#average = 0;
  }

  /** NaN until `period` values have come. */
  next(value: number): number {
    if (this.#count >= this.#period) {
      this.#average = (this.#average * (this.#period - 1) + value) / this.#period;
      return this.#average;
    }
    this.#average += value;
    if (++this.#count < this.#period) return Number.NaN;
    this.#average /= this.#period;
    return this.#average;
  }
}

export const rsi = indicator({
  name: "rsi",
  about: "Relative strength index: the share of the rises in all changes, 0 to 100, averaged in Wilder's way.",
  source: "J. W. Wilder, New Concepts in Technical Trading Systems (1978), as TA-Lib RSI; where nothing changed it is 50, not TA-Lib's 0",
  inputs: ["of"],
  settings: [periodSetting(14)],
  outputs: ["rsi"],
  warmup: period,
  stream: (settings) => {
    const gains = new Wilder(period(settings));
    const losses = new Wilder(period(settings));
    const out = [Number.NaN];
    let last = Number.NaN;
    return {
      next: (value = Number.NaN) => {
        out[0] = Number.NaN;
        if (!isNumber(value)) {
          gains.forget();
          losses.forget();
          last = Number.NaN;
          return out;
        }
        const change = value - last;
        last = value;
        if (Number.isNaN(change)) return out;
        const gain = gains.next(change > 0 ? change : 0);
        const loss = losses.next(change < 0 ? -change : 0);
        out[0] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
        return out;
      },
    };
  },
});

/** How far a bar went, the way from the last close included. */
function trueRange(high: number, low: number, lastClose: number): number {
  return Math.max(high - low, Math.abs(high - lastClose), Math.abs(low - lastClose));
}

export const atr = indicator({
  name: "atr",
  about: "Average true range: how far price goes in a bar, the gap from the last close included, averaged in Wilder's way.",
  source: "J. W. Wilder (1978), as TA-Lib ATR: the first bar, which has no last close, does not count",
  inputs: ["high", "low", "close"],
  settings: [periodSetting(14)],
  outputs: ["atr"],
  warmup: period,
  stream: (settings) => {
    const average = new Wilder(period(settings));
    const out = [Number.NaN];
    let lastClose = Number.NaN;
    return {
      next: (high = Number.NaN, low = Number.NaN, close = Number.NaN) => {
        out[0] = Number.NaN;
        if (!isNumber(high) || !isNumber(low) || !isNumber(close)) {
          average.forget();
          lastClose = Number.NaN;
          return out;
        }
        if (!Number.isNaN(lastClose)) out[0] = average.next(trueRange(high, low, lastClose));
        lastClose = close;
        return out;
      },
    };
  },
});

/** Wilder's running sum: the plain sum of the first `period` − 1 values, then each new one is added after 1 / period of the sum is taken off. */
class WilderSum {
  readonly #period: number;
  #count = 0;
  #sum = 0;

  constructor(period: number) {
    this.#period = period;
  }

  forget(): void {
    this.#count = this.#sum = 0;
  }

  next(value: number): number {
    if (this.#count++ < this.#period - 1) {
      this.#sum += value;
      return Number.NaN;
    }
    this.#sum = this.#sum - this.#sum / this.#period + value;
    return this.#sum;
  }
}

export const adx = indicator({
  name: "adx",
  about: "Average directional index: how much of the way that price went was in one direction, 0 to 100; `plus` up and `minus` down.",
  source: "J. W. Wilder (1978), sums and seeds as TA-Lib ADX; where price did not move, the direction is 0 (TA-Lib keeps the last one)",
  inputs: ["high", "low", "close"],
  settings: [periodSetting(14, 2)],
  outputs: ["adx", "plus", "minus"],
  warmup: (settings) => 2 * period(settings) - 1,
  stream: (settings) => directional(period(settings)),
});

function directional(period: number): { next(high?: number, low?: number, close?: number): readonly number[] } {
  const rises = new WilderSum(period);
  const falls = new WilderSum(period);
  const ranges = new WilderSum(period);
  const average = new Wilder(period);
  const parts = [rises, falls, ranges, average];
  const out = [Number.NaN, Number.NaN, Number.NaN];
  let last: { high: number; low: number; close: number } | undefined;
  return {
    next: (high = Number.NaN, low = Number.NaN, close = Number.NaN) => {
      out.fill(Number.NaN);
      const before = last;
      last = isNumber(high) && isNumber(low) && isNumber(close) ? { high, low, close } : undefined;
      if (last === undefined) for (const part of parts) part.forget();
      if (last === undefined || before === undefined) return out;
      const up = high - before.high;
      const down = before.low - low;
      const rise = rises.next(up > 0 && up > down ? up : 0);
      const fall = falls.next(down > 0 && down > up ? down : 0);
      const range = ranges.next(trueRange(high, low, before.close));
      if (Number.isNaN(range)) return out;
      out[1] = range === 0 ? 0 : (100 * rise) / range;
      out[2] = range === 0 ? 0 : (100 * fall) / range;
      out[0] = average.next(rise + fall === 0 ? 0 : (100 * Math.abs(rise - fall)) / (rise + fall));
      return out;
    },
  };
}
