import { indicator, isNumber, periodSetting, settingOf, type Settings } from "./indicator.ts";
import { meanColumn, WindowMean } from "./mean.ts";
import { Window } from "./window.ts";

const period = (settings: Settings): number => settingOf(settings, "period");

export const sma = indicator({
  name: "sma",
  about: "Simple moving average: the mean of the last `period` values.",
  source: "TA-Lib SMA; added up as in mean.ts",
  inputs: ["of"],
  settings: [periodSetting(20)],
  outputs: ["sma"],
  warmup: (settings) => period(settings) - 1,
  column: ([values], settings) => [meanColumn(values as Float64Array, period(settings))],
  stream: (settings) => {
    const mean = new WindowMean(period(settings));
    const out = [Number.NaN];
    return {
      next: (value) => {
        out[0] = mean.next(value);
        return out;
      },
    };
  },
});

/** Exponential average, seeded by the plain mean of the first `period` values; weight of a new value 2 / (period + 1). */
export class Ema {
  readonly #period: number;
  readonly #weight: number;
  #count = 0;
  #seed = 0;
  #average = Number.NaN;

  constructor(period: number) {
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  next(value: number): number {
    if (!isNumber(value)) {
      this.#count = this.#seed = 0;
      return Number.NaN;
    }
    if (this.#count < this.#period) {
      this.#seed += value;
      if (++this.#count < this.#period) return Number.NaN;
      this.#average = this.#seed / this.#period;
    } else this.#average = (value - this.#average) * this.#weight + this.#average;
    return this.#average;
  }
}

export const ema = indicator({
  name: "ema",
  about: "Exponential moving average: each new value counts 2 / (period + 1).",
  source: "TA-Lib EMA: seeded by the mean of the first `period` values",
  inputs: ["of"],
  settings: [periodSetting(20)],
  outputs: ["ema"],
  warmup: (settings) => period(settings) - 1,
  column: ([values], settings) => {
    const ema = new Ema(period(settings));
    return [(values as Float64Array).map((value) => ema.next(value))];
  },
  stream: (settings) => {
    const ema = new Ema(period(settings));
    const out = [Number.NaN];
    return {
      next: (value) => {
        out[0] = ema.next(value);
        return out;
      },
    };
  },
});

export const wma = indicator({
  name: "wma",
  about: "Weighted moving average: the newest of `period` values counts `period` times, the oldest once.",
  source: "TA-Lib WMA; added up afresh for every bar as distances from the newest value, oldest first, so that equal values give exactly that value",
  inputs: ["of"],
  settings: [periodSetting(20)],
  outputs: ["wma"],
  warmup: (settings) => period(settings) - 1,
  stream: (settings) => {
    const window = new Window(period(settings));
    const weights = (window.period * (window.period + 1)) / 2;
    const out = [Number.NaN];
    return {
      next: (value) => {
        out[0] = window.push(value) ? value + weighted(window, value) / weights : Number.NaN;
        return out;
      },
    };
  },
});

function weighted(window: Window, newest: number): number {
  let sum = 0;
  for (let k = 0; k < window.period; k++) sum += (window.at(k) - newest) * (k + 1);
  return sum;
}
