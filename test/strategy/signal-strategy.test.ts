import { describe, expect, it } from "vitest";
import type { BacktestResult } from "../../src/backtest/backtest.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import type { SignalColumns } from "../../src/strategy/signal-columns.ts";
import { signalStrategy } from "../../src/strategy/signal-strategy.ts";
import { barsOf, fills, settings, type Row } from "../backtest/small-run.ts";

const flat: Row = [100, 101, 99, 100];
type Rules = Partial<Record<"enterLong" | "exitLong" | "enterShort" | "exitShort", readonly number[]>>;
type Prices = Partial<Record<"limit" | "stop" | "stopLoss" | "takeProfit" | "trailingStop" | "weight", Readonly<Record<number, number>>>>;

/** Columns of `length` rows with 1 at the rows named, NaN where no price is. */
function columns(length: number, rules: Rules, prices: Prices = {}, warmup = 0): SignalColumns {
  const marks = (rows: readonly number[] = []): Uint8Array => Uint8Array.from({ length }, (_, t) => (rows.includes(t) ? 1 : 0));
  const given = Object.entries(prices).map(([name, at]) => [name, Float64Array.from({ length }, (_, t) => at[t] ?? Number.NaN)]);
  const { enterLong, exitLong, enterShort, exitShort } = rules;
  return {
    enterLong: marks(enterLong),
    exitLong: marks(exitLong),
    enterShort: marks(enterShort),
    exitShort: marks(exitShort),
    warmup,
    ...Object.fromEntries(given),
  };
}

function run(rows: readonly Row[], rules: Rules, prices: Prices = {}, given: Partial<BacktestSettings> = {}, warmup = 0): BacktestResult {
  const signals = columns(rows.length, rules, prices, warmup);
  return runBacktest({ settings: settings(given), bars: [barsOf(rows)], strategy: signalStrategy([signals]), parameters: {} });
}

const calm = (length: number): Row[] => Array.from({ length }, () => flat);

describe("signalStrategy", () => {
  it("enters, ignores entries that are held already, exits", () => {
    const result = run(calm(6), { enterLong: [0, 1, 2], exitLong: [3, 4] });
    expect(fills(result)).toEqual(["buy market 1 @ 100 in 1", "sell market 1 @ 100 in 4"]);
    expect(fills(run(calm(5), { enterShort: [1], exitShort: [2], exitLong: [0] }))).toEqual(["sell market 1 @ 100 in 2", "buy market 1 @ 100 in 3"]);
  });

  it("closes the opposite position first", () => {
    const result = run(calm(5), { enterLong: [0], enterShort: [2] });
    expect(fills(result)).toEqual(["buy market 1 @ 100 in 1", "sell market 1 @ 100 in 3", "sell market 1 @ 100 in 3"]);
    expect(result.trades.map(({ side, exit }) => [side, exit])).toEqual([
      ["long", "signal"],
      ["short", "end"],
    ]);
  });

  it("exit and entry in one row: the exit counts; both entries: neither", () => {
    expect(fills(run(calm(5), { enterLong: [0, 2], exitLong: [2] }))).toEqual(["buy market 1 @ 100 in 1", "sell market 1 @ 100 in 3"]);
    expect(run(calm(4), { enterLong: [1], exitLong: [1] }).orders).toEqual([]);
    expect(run(calm(4), { enterLong: [1], enterShort: [1] }).orders).toEqual([]);
    expect(fills(run(calm(4), { enterLong: [0], exitLong: [2], enterShort: [2] }))).toEqual([
      "buy market 1 @ 100 in 1",
      "sell market 1 @ 100 in 3",
      "sell market 1 @ 100 in 3",
    ]);
  });

  it("a resting entry is replaced when its price has changed, and taken back by an exit", () => {
    const limits = { limit: { 0: 95, 1: 95, 2: 96 } };
    expect(fills(run(calm(5), { enterLong: [0, 1, 2] }, limits))).toEqual(["buy limit cancelled", "buy limit open (end)"]);
    expect(fills(run(calm(5), { enterLong: [0], exitLong: [2] }, limits))).toEqual(["buy limit cancelled"]);
    expect(fills(run(calm(5), { enterLong: [0], enterShort: [2] }, { limit: { 0: 95 } }))).toEqual(["buy limit cancelled", "sell market 1 @ 100 in 3"]);
    expect(fills(run(calm(4), { enterLong: [0] }, { stop: { 0: 101 } }))).toEqual(["buy stop 1 @ 101 in 1"]);
  });

  it("brings the exits of its columns, NaN is none", () => {
    const result = run(calm(3), { enterLong: [0] }, { stopLoss: { 0: 90 }, takeProfit: { 1: 120 }, trailingStop: { 0: 12 } });
    expect(fills(result)).toEqual(["buy market 1 @ 100 in 1", "sell stop-loss open (end)", "sell trailing open (end)"]);
  });

  it("enters again after a bracket has closed the position", () => {
    const rows: Row[] = [flat, [100, 100, 94, 95], flat, flat];
    expect(fills(run(rows, { enterLong: [0, 1] }, { stopLoss: { 0: 95 } }))).toEqual([
      "buy market 1 @ 100 in 1",
      "sell stop-loss 1 @ 95 in 1",
      "buy market 1 @ 100 in 2",
    ]);
  });

  it("with a lag asks once, and ends as it would without", () => {
    const rules = { enterLong: [0, 1, 2], exitLong: [3, 4, 5] };
    expect(fills(run(calm(9), rules, {}, { lagBars: 2 }))).toEqual(["buy market 1 @ 100 in 3", "sell market 1 @ 100 in 6"]);
    const turned = run(calm(9), { enterLong: [0], enterShort: [2, 3] }, {}, { lagBars: 1 });
    expect(fills(turned)).toEqual(["buy market 1 @ 100 in 2", "sell market 1 @ 100 in 4", "sell market 1 @ 100 in 4"]);
  });

  it("follows weights, but for changes below the threshold", () => {
    const weight = { 0: 0.5, 1: 0.505, 2: 1, 3: 0.25, 4: -0.5, 5: 0 };
    const result = run(calm(8), {}, { weight });
    expect(fills(result)).toEqual([
      "buy market 50 @ 100 in 1",
      "buy market 50 @ 100 in 3",
      "sell market 75 @ 100 in 4",
      "sell market 25 @ 100 in 5",
      "sell market 50 @ 100 in 5",
      "buy market 50 @ 100 in 6",
    ]);
    expect(result.refused).toBe(0);
  });

  it("leaves changes of weight that are less than one unit, instead of asking in vain at every bar", () => {
    const weight = { 0: 0.1, 1: 0.5, 2: 0.52, 3: 0.48, 4: 0.3, 5: 0 };
    const given = { account: { currency: "USD", cash: 400, decimals: 2 }, instruments: [{ name: "A", priceDecimals: 2, unitDecimals: 0 }] };
    const result = run(calm(8), {}, { weight }, given);
    expect(fills(result)).toEqual(["buy market 2 @ 100 in 2", "sell market 2 @ 100 in 6"]);
    expect(result.refused).toBe(0);
  });

  it("a weight of one, with costs and a rising open, is never refused", () => {
    const rows = Array.from({ length: 20 }, (_, t): Row => [100 + t, 102 + t, 99 + t, 100.7 + t]);
    const costs = { taker: 0.001, maker: 0, fixed: 1, spread: 0.001, slippage: { model: "none" }, borrow: 0 } as const;
    const weight = Object.fromEntries(rows.map((_, t) => [t, 1]));
    expect(run(rows, {}, { weight }, { costs }).refused).toBe(0);
  });

  it("asks for nothing in the warm-up, which leaves the curve as well", () => {
    const result = run(calm(5), { enterLong: [0, 1, 2, 3] }, {}, {}, 3);
    expect(result).toMatchObject({ warmup: 3, firstStep: 3, bars: 2, equity: { length: 2 } });
    expect(fills(result)).toEqual(["buy market 1 @ 100 in 4"]);
  });

  it("refuses columns that contradict themselves or are of other markets", () => {
    expect(() => run(calm(3), { enterLong: [0] }, { limit: { 0: 95 }, stop: { 0: 105 } })).toThrow(expect.objectContaining({ code: "strategy/bad-signal" }));
    const two = signalStrategy([columns(3, {}), columns(3, {})]);
    expect(() => runBacktest({ settings: settings(), bars: [barsOf(calm(3))], strategy: two, parameters: {} })).toThrow(
      expect.objectContaining({ code: "strategy/bad-signal" }),
    );
  });
});
