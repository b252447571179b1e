import { indicator, isNumber, periodSetting, settingOf, type Settings } from "./indicator.ts";
import { WindowMean } from "./mean.ts";
import { Window, WindowPeak } from "./window.ts";

const period = (settings: Settings): number => settingOf(settings, "period");

export const bollinger = indicator({
  name: "bollinger",
  about: "Bollinger bands: the simple average (`middle`), and `width` standard deviations above and below it.",
  source: "J. Bollinger, Bollinger on Bollinger Bands (2001): deviation of the population (÷ period), summed afresh around the mean, oldest first",
  inputs: ["of"],
  settings: [periodSetting(20), { name: "width", default: 2, min: 0, max: 100, integer: false }],
  outputs: ["middle", "upper", "lower"],
  warmup: (settings) => period(settings) - 1,
  stream: (settings) => {
    const width = settingOf(settings, "width");
    const mean = new WindowMean(period(settings));
    const window = new Window(period(settings));
    const out = [Number.NaN, Number.NaN, Number.NaN];
    return {
      next: (value = Number.NaN) => {
        const middle = mean.next(value);
        const reach = window.push(value) ? width * deviation(window, middle) : Number.NaN;
        out[0] = middle;
        out[1] = middle + reach;
        out[2] = middle - reach;
        return out;
      },
    };
  },
});

/** Two passes: the sum of squares minus the square of the sum loses every digit of a small deviation from a large mean. */
function deviation(window: Window, mean: number): number {
  let squares = 0;
  for (let k = 0; k < window.period; k++) squares += (window.at(k) - mean) ** 2;
  return Math.sqrt(squares / window.period);
}

export const stochastic = indicator({
  name: "stochastic",
  about: "Stochastic: where the close lies between the lowest low (0) and the highest high (100) of `period` bars, smoothed (`k`), and its average (`d`).",
  source: "G. Lane, as TA-Lib STOCH with simple averages; where highest and lowest are the same it is 50, not TA-Lib's 0",
  inputs: ["high", "low", "close"],
  settings: [
    periodSetting(14),
    { name: "smooth", default: 3, min: 1, max: 100_000, integer: true },
    { name: "d", default: 3, min: 1, max: 100_000, integer: true },
  ],
  outputs: ["k", "d"],
  warmup: (settings) => period(settings) + settingOf(settings, "smooth") + settingOf(settings, "d") - 3,
  stream: (settings) => {
    const top = new WindowPeak(period(settings), 1);
    const bottom = new WindowPeak(period(settings), -1);
    const k = new WindowMean(settingOf(settings, "smooth"));
    const d = new WindowMean(settingOf(settings, "d"));
    const out = [Number.NaN, Number.NaN];
    return {
      next: (high = Number.NaN, low = Number.NaN, close = Number.NaN) => {
        const whole = isNumber(high) && isNumber(low) && isNumber(close);
        const highest = top.next(whole ? high : Number.NaN);
        const lowest = bottom.next(whole ? low : Number.NaN);
        const place = highest === lowest ? 50 : (100 * (close - lowest)) / (highest - lowest);
        const smooth = k.next(place);
        out[0] = smooth;
        out[1] = d.next(smooth);
        return out;
      },
    };
  },
});

export const donchian = indicator({
  name: "donchian",
  about: "Donchian channel: the highest high (`upper`) and the lowest low (`lower`) of `period` bars, this one included, and the middle between them.",
  source: "R. Donchian; TA-Lib MAX and MIN",
  inputs: ["high", "low"],
  settings: [periodSetting(20)],
  outputs: ["upper", "lower", "middle"],
  warmup: (settings) => period(settings) - 1,
  stream: (settings) => {
    const top = new WindowPeak(period(settings), 1);
    const bottom = new WindowPeak(period(settings), -1);
    const out = [Number.NaN, Number.NaN, Number.NaN];
    return {
      next: (high = Number.NaN, low = Number.NaN) => {
        const whole = isNumber(high) && isNumber(low);
        const upper = top.next(whole ? high : Number.NaN);
        const lower = bottom.next(whole ? low : Number.NaN);
        out[0] = upper;
        out[1] = lower;
        out[2] = (upper + lower) / 2;
        return out;
      },
    };
  },
});
