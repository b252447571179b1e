import { indicator, isNumber, periodSetting, settingOf } from "./indicator.ts";
import { Window } from "./window.ts";

export const obv = indicator({
  name: "obv",
  about: "On-balance volume: volume added where the close rose, taken off where it fell, left out where it did not change.",
  source: "J. Granville, New Key to Stock Market Profits (1963), as TA-Lib OBV: begins with the volume of the first bar",
  inputs: ["of", "volume"],
  settings: [],
  outputs: ["obv"],
  warmup: () => 0,
  stream: () => {
    const out = [Number.NaN];
    let last = Number.NaN;
    let balance = 0;
    return {
      next: (value = Number.NaN, volume = Number.NaN) => {
        if (!isNumber(value) || !isNumber(volume)) {
          last = out[0] = Number.NaN;
          return out;
        }
        if (Number.isNaN(last)) balance = volume;
        else if (value > last) balance += volume;
        else if (value < last) balance -= volume;
        last = value;
        out[0] = balance;
        return out;
      },
    };
  },
});

export const vwap = indicator({
  name: "vwap",
  about: "Volume-weighted average price of the last `period` bars, each at (high + low + close) / 3. NaN where nothing was traded in all of them.",
  source:
    "Berkowitz, Logue, Noser, The Total Cost of Transactions on the NYSE (1988), over a rolling window: it knows no sessions; summed as distances from the newest price",
  inputs: ["high", "low", "close", "volume"],
  settings: [periodSetting(20)],
  outputs: ["vwap"],
  warmup: (settings) => settingOf(settings, "period") - 1,
  stream: (settings) => {
    const prices = new Window(settingOf(settings, "period"));
    const volumes = new Window(settingOf(settings, "period"));
    const out = [Number.NaN];
    return {
      next: (high = Number.NaN, low = Number.NaN, close = Number.NaN, volume = Number.NaN) => {
        const whole = isNumber(high) && isNumber(low) && isNumber(close) && isNumber(volume);
        const price = whole ? (high + low + close) / 3 : Number.NaN;
        const traded = volumes.push(whole ? volume : Number.NaN);
        out[0] = prices.push(price) && traded ? averagePrice(prices, volumes, price) : Number.NaN;
        return out;
      },
    };
  },
});

function averagePrice(prices: Window, volumes: Window, newest: number): number {
  let units = 0;
  let distance = 0;
  for (let k = 0; k < prices.period; k++) {
    const volume = volumes.at(k);
    units += volume;
    distance += (prices.at(k) - newest) * volume;
  }
  return units === 0 ? Number.NaN : newest + distance / units;
}
