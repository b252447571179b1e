import { indicator, settingOf, type Settings } from "./indicator.ts";
import { Ema } from "./moving-averages.ts";

const setting = (name: string, value: number) => ({ name, default: value, min: 1, max: 100_000, integer: true });

function periods(settings: Settings): { fast: number; slow: number; signal: number } {
  return { fast: settingOf(settings, "fast"), slow: settingOf(settings, "slow"), signal: settingOf(settings, "signal") };
}

export const macd = indicator({
  name: "macd",
  about: "Moving average convergence/divergence: ema(fast) − ema(slow), its own ema (`signal`), and the difference of the two (`histogram`).",
  source: "G. Appel, The Moving Average Convergence-Divergence Method (1979); exactly the difference of our ema columns (TA-Lib seeds the fast one later)",
  inputs: ["of"],
  settings: [setting("fast", 12), setting("slow", 26), setting("signal", 9)],
  outputs: ["macd", "signal", "histogram"],
  warmup: (settings) => {
    const { fast, slow, signal } = periods(settings);
    return Math.max(fast, slow) + signal - 2;
  },
  stream: (settings) => {
    const of = periods(settings);
    const fast = new Ema(of.fast);
    const slow = new Ema(of.slow);
    const signal = new Ema(of.signal);
    const out = [Number.NaN, Number.NaN, Number.NaN];
    return {
      next: (value = Number.NaN) => {
        const difference = fast.next(value) - slow.next(value);
        const smooth = signal.next(difference);
        out[0] = difference;
        out[1] = smooth;
        out[2] = difference - smooth;
        return out;
      },
    };
  },
});
