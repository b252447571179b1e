import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seeded } from "../../src/base/seeded.ts";
import { columnBacktest, fitsColumns } from "../../src/backtest/column-backtest.ts";
import { EquityTally } from "../../src/backtest/equity-tally.ts";
import { measure } from "../../src/backtest/metrics.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import { metricsOfColumns, metricsOfResult } from "../../src/backtest/search/trial-metrics.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import { barsOf, sliceBars, type Bars } from "../../src/strategy/bars.ts";
import { detectRegimes } from "../../src/strategy/regime.ts";
import type { SignalColumns } from "../../src/strategy/signal-columns.ts";
import { signalStrategy } from "../../src/strategy/signal-strategy.ts";
import { settings as settingsWith } from "./small-run.ts";

const hourMs = 3_600_000;

function randomBars(length: number, chance: () => number, wildness = 0.02): Bars {
  const bars = barsOf(length, () => new Float64Array(length));
  let price = 100;
  for (let t = 0; t < length; t += 1) {
    const open = price * (1 + (chance() - 0.5) * wildness);
    price = open * (1 + (chance() - 0.5) * 2 * wildness);
    bars.ts[t] = t * hourMs;
    bars.open[t] = open;
    bars.close[t] = price;
    bars.high[t] = Math.max(open, price) * (1 + chance() * wildness);
    bars.low[t] = Math.min(open, price) * (1 - chance() * wildness);
    bars.volume[t] = chance() * 1000;
  }
  return bars;
}

function randomSignals(length: number, chance: () => number, often: number, short: boolean): SignalColumns {
  const flags = (share: number): Uint8Array => Uint8Array.from({ length }, () => (chance() < share ? 1 : 0));
  return {
    enterLong: flags(often),
    exitLong: flags(often),
    enterShort: flags(short ? often : 0),
    exitShort: flags(short ? often : 0),
    warmup: Math.floor(chance() * 30),
  };
}

const settings = settingsWith({
  instruments: [{ name: "a", priceDecimals: 2, unitDecimals: 3 }],
  sizing: { kind: "units", units: 10 },
  costs: { taker: 0.001, maker: 0, fixed: 0, spread: 0.0004, slippage: { model: "share", share: 0.0003 }, borrow: 0 },
  timeframeMs: hourMs,
});

const cases = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  length: fc.integer({ min: 2, max: 400 }),
  often: fc.constantFrom(0.02, 0.1, 0.5),
  short: fc.boolean(),
  wildness: fc.constantFrom(0.005, 0.05, 0.3),
  sizing: fc.constantFrom<BacktestSettings["sizing"]>(
    { kind: "units", units: 10 },
    { kind: "units", units: 0.0333 },
    { kind: "equity", share: 1 },
    { kind: "equity", share: 0.37 },
    { kind: "value", value: 2500 },
  ),
  leverage: fc.constantFrom(0.5, 1, 3),
  fixed: fc.constantFrom(0, 1.5),
  warmup: fc.constantFrom(0, 7),
  slippage: fc.constantFrom<BacktestSettings["costs"]["slippage"]>(
    { model: "none" },
    { model: "share", share: 0.0003 },
    { model: "range", share: 0.1 },
    { model: "volume", impact: 0.01 },
  ),
  part: fc.constantFrom<[number, number]>([0, 1], [0.3, 0.8]),
});

describe("columnBacktest", () => {
  it("comes to what the full engine comes to, whatever the bars, signals and settings that it fits", () => {
    fc.assert(
      fc.property(cases, ({ seed, length, often, short, wildness, sizing, leverage, fixed, warmup, slippage, part }) => {
        const chance = seeded(seed);
        const bars = randomBars(length, chance, wildness);
        const signals = randomSignals(length, chance, often, short);
        const own: BacktestSettings = { ...settings, sizing, warmup, risk: { leverage }, costs: { ...settings.costs, fixed, slippage } };
        const from = Math.floor(length * part[0]);
        const to = Math.max(1, Math.floor(length * part[1]));
        expect(fitsColumns(own, signals, bars)).toBe(true);

        const cut = (column: Uint8Array): Uint8Array => column.subarray(0, to);
        const whole = runBacktest({
          settings: { ...own, fromMs: from * hourMs },
          bars: [sliceBars(bars, 0, to)],
          strategy: signalStrategy([
            {
              enterLong: cut(signals.enterLong),
              exitLong: cut(signals.exitLong),
              enterShort: cut(signals.enterShort),
              exitShort: cut(signals.exitShort),
              warmup: signals.warmup,
            },
          ]),
          parameters: {},
        });
        const regimes = detectRegimes(bars, { trend: 20, volatility: 5, usual: 30 });
        const tally = new EquityTally(regimes);
        const curve = new Float64Array(length);
        const figures = columnBacktest(bars, signals, own, tally, { from, to }, curve);

        expect(figures).toMatchObject({ bars: whole.bars, warmup: whole.warmup, trades: whole.trades.length, refused: whole.refused });
        expect(figures.wins).toBe(whole.trades.filter(({ profit }) => profit > 0).length);
        for (let row = 0; row < whole.equity.length; row += 1) expect(near(curve[figures.warmup + row], whole.equity.equity[row], 1e-9)).toBe(true);
        const cash = own.account.cash;
        const fast = metricsOfColumns(figures, tally, { bars, to, cash, regimes });
        const slow = metricsOfResult(whole, cash, { bars, timeframeMs: hourMs, regimes, markets: 1 + (seed % 2) });
        const all = measure(whole, { cash });
        for (const name of [
          "totalReturn",
          "cagr",
          "volatility",
          "sharpe",
          "sortino",
          "calmar",
          "maxDrawdown",
          "exposure",
          "trades",
          "winRate",
          "profitFactor",
        ]) {
          const value = all[name];
          expect(fast[name] === value || near(fast[name] ?? undefined, value ?? undefined, 1e-7), `${name}: ${fast[name]} and ${value}`).toBe(true);
        }
        expect(Object.keys(fast).toSorted()).toEqual(Object.keys(slow).toSorted());
        for (const [name, value] of Object.entries(slow)) {
          expect(fast[name] === value || near(fast[name] ?? undefined, value ?? undefined, 1e-7), `${name}: ${fast[name]} and ${value}`).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("leaves to the full engine whatever it does not do", () => {
    const bars = randomBars(50, seeded(1));
    const signals = randomSignals(50, seeded(2), 0.1, true);
    const price = new Float64Array(50).fill(90);
    const refused: [Partial<BacktestSettings>, Partial<SignalColumns>][] = [
      [{ fill: "this-close" }, {}],
      [{ lagBars: 1 }, {}],
      [{ fromMs: bars.ts[20] }, {}],
      [{ risk: { leverage: 1, stopLoss: 0.1 } }, {}],
      [{ risk: { leverage: 1, drawdownMax: 0.1 } }, {}],
      [{ sizing: { kind: "risk", share: 0.01 } }, {}],
      [{ costs: { ...settings.costs, borrow: 0.05 } }, {}],
      [{ instruments: [...settings.instruments, ...settings.instruments] }, {}],
      [{}, { limit: price }],
      [{}, { stopLoss: price }],
      [{}, { weight: price }],
    ];
    expect(fitsColumns(settings, signals, bars)).toBe(true);
    for (const [other, columns] of refused) expect(fitsColumns({ ...settings, ...other }, { ...signals, ...columns }, bars)).toBe(false);
    const holed = { ...bars, open: bars.open.slice().fill(Number.NaN, 20, 21) };
    expect(fitsColumns(settings, signals, holed)).toBe(false);
    // Borrowing costs nothing where nothing is sold short.
    const long = { ...signals, enterShort: new Uint8Array(50) };
    expect(fitsColumns({ ...settings, costs: { ...settings.costs, borrow: 0.05 } }, long, bars)).toBe(true);
  });
});

/** Equal but for the order in which doubles were added. */
function near(a: number | undefined, b: number | undefined, share: number): boolean {
  return a !== undefined && b !== undefined && Math.abs(a - b) <= share * Math.max(Math.abs(a), Math.abs(b), 1e-3);
}
