import { readFileSync } from "node:fs";
import * as talib from "talib-web";
import * as signals from "trading-signals";
import { beforeAll, describe, expect, test } from "vitest";
import { indicators } from "../../src/strategy/indicators.ts";
import { completeSettings } from "../../src/strategy/indicators/indicator.ts";
import { sp500Bars } from "../support/sp500-bars.ts";

/** As a data: address, since the library only fetches. */
const wasm = readFileSync("node_modules/talib-web/lib/talib.wasm").toString("base64");
const bars = sp500Bars();
const [open, high, low, close, volume] = [bars.open, bars.high, bars.low, bars.close, bars.volume].map((column) => [...column]) as [
  number[],
  number[],
  number[],
  number[],
  number[],
];

function ours(name: string, given: Record<string, number> = {}): Record<string, Float64Array> {
  const indicator = indicators[name]!;
  const inputs = indicator.inputs.map((input) => bars[input === "of" ? "close" : input]);
  const columns = indicator.column(inputs, completeSettings(indicator, given));
  return Object.fromEntries(indicator.outputs.map((output, k) => [output, columns[k]!]));
}

/** Largest relative difference from bar `from` on, where both are numbers; at least one bar must be compared. */
function difference(mine: Float64Array, other: readonly (number | null)[], from = 0): number {
  let worst = 0;
  let compared = 0;
  for (let t = from; t < mine.length; t++) {
    const [a, b] = [mine[t]!, other[t]];
    if (b === null || b === undefined || Number.isNaN(b) || Number.isNaN(a)) continue;
    compared++;
    worst = Math.max(worst, Math.abs(a - b) / Math.max(Math.abs(b), 1e-9));
  }
  expect(compared).toBeGreaterThan(3000);
  return worst;
}

describe("against TA-Lib's own code", () => {
  beforeAll(() => talib.init(`data:application/wasm;base64,${wasm}`));
  /** TA-Lib's answers begin with its first warm bar, and the library pads the end with what lay in memory: they fit only if both warm up at the same bar. */
  function aligned(name: string, timePeriod: number, output: readonly number[]): (number | null)[] {
    const warmup = indicators[name]!.warmup({ period: timePeriod });
    return [...Array.from({ length: warmup }, () => null), ...output.slice(0, close.length - warmup)];
  }

  test.each([5, 20, 200])("sma and ema, period %i: where they begin and every value", (timePeriod) => {
    const theirs = { sma: talib.SMA({ inReal: close, timePeriod }).output, ema: talib.EMA({ inReal: close, timePeriod }).output };
    for (const [name, output] of Object.entries(theirs)) {
      const mine = ours(name, { period: timePeriod })[name]!;
      expect(difference(mine, aligned(name, timePeriod, output))).toBeLessThan(name === "ema" ? 1e-15 : 1e-14);
    }
  });

  test.each([2, 14, 50])("rsi and atr, period %i", (timePeriod) => {
    const theirs = { rsi: talib.RSI({ inReal: close, timePeriod }).output, atr: talib.ATR({ high, low, close, timePeriod }).output };
    for (const [name, output] of Object.entries(theirs)) {
      expect(difference(ours(name, { period: timePeriod })[name]!, aligned(name, timePeriod, output))).toBeLessThan(1e-12);
    }
  });
});

describe("against trading-signals", () => {
  const candles = close.map((_, t) => ({ open: open[t]!, high: high[t]!, low: low[t]!, close: close[t]!, volume: volume[t]! }));
  const each = <I, O>(inputs: readonly I[], next: (input: I) => O): O[] => inputs.map((input) => next(input));

  test("sma, wma, rsi: every value", () => {
    for (const [name, series] of Object.entries({ sma: new signals.SMA(30), wma: new signals.WMA(30), rsi: new signals.RSI(30) })) {
      expect(
        difference(
          ours(name, { period: 30 })[name]!,
          each(close, (price) => series.update(price, false)),
        ),
      ).toBeLessThan(1e-12);
    }
  });

  test("ema and macd, which are seeded otherwise, after 2,000 bars", () => {
    const ema = new signals.EMA(30);
    expect(
      difference(
        ours("ema", { period: 30 })["ema"]!,
        each(close, (price) => ema.update(price, false)),
        2000,
      ),
    ).toBeLessThan(1e-14);
    const macd = new signals.MACD(new signals.EMA(12), new signals.EMA(26), new signals.EMA(9));
    const theirs = each(close, (price) => macd.update(price, false));
    const mine = ours("macd");
    for (const output of ["macd", "signal"] as const)
      expect(
        difference(
          mine[output]!,
          theirs.map((value) => value?.[output] ?? null),
          2000,
        ),
      ).toBeLessThan(1e-9);
  });

  test("bollinger: every value", () => {
    const bands = new signals.BollingerBands(20, 2);
    const theirs = each(close, (price) => bands.update(price, false));
    const mine = ours("bollinger");
    for (const output of ["middle", "upper", "lower"] as const)
      expect(
        difference(
          mine[output]!,
          theirs.map((value) => value?.[output] ?? null),
        ),
      ).toBeLessThan(1e-12);
  });

  test("stochastic: every value", () => {
    const stochastic = new signals.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 });
    const theirs = each(candles, (candle) => stochastic.update(candle, false));
    const mine = ours("stochastic");
    expect(
      difference(
        mine["k"]!,
        theirs.map((value) => value?.stochK ?? null),
      ),
    ).toBeLessThan(1e-9);
    expect(
      difference(
        mine["d"]!,
        theirs.map((value) => value?.stochD ?? null),
      ),
    ).toBeLessThan(1e-9);
  });

  test("atr and adx, which are seeded otherwise, after 2,000 bars", () => {
    const atr = new signals.ATR(14);
    expect(
      difference(
        ours("atr")["atr"]!,
        each(candles, (candle) => atr.update(candle, false)),
        2000,
      ),
    ).toBeLessThan(1e-12);
    const adx = new signals.ADX(14);
    expect(
      difference(
        ours("adx")["adx"]!,
        each(candles, (candle) => adx.update(candle, false)),
        2000,
      ),
    ).toBeLessThan(1e-10);
  });

  test("donchian: every value", () => {
    const channel = new signals.DonchianChannels(20);
    const theirs = each(candles, (candle) => channel.update(candle, false));
    const mine = ours("donchian");
    for (const output of ["upper", "lower", "middle"] as const)
      expect(
        difference(
          mine[output]!,
          theirs.map((value) => value?.[output] ?? null),
        ),
      ).toBeLessThan(1e-15);
  });

  test("obv: every change", () => {
    const series = new signals.OBV(2);
    const theirs = each(candles, (candle) => series.update(candle, false));
    const mine = ours("obv")["obv"]!;
    const offset = mine[100]! - theirs[100]!;
    expect(
      difference(
        mine.map((value) => value - offset),
        theirs,
      ),
    ).toBe(0);
  });
});
