import { describe, expect, it } from "vitest";
import { barsOf, fills, run, type Row } from "./small-run.ts";

/** One test a case of src/backtest/fill-model.md, by its number. */
const flat: Row = [100, 100, 100, 100];
const costs = { taker: 0.001, maker: 0.0005, fixed: 1, spread: 0.002, slippage: { model: "none" }, borrow: 0 } as const;

describe("when", () => {
  it("F1 a market order fills at the next open", () => {
    const result = run(barsOf([flat, [101, 105, 99, 102], flat]), { 0: (m) => m.buy() });
    expect(fills(result)).toEqual(["buy market 1 @ 101 in 1"]);
    expect(result.orders[0]).toMatchObject({ askedIndex: 0, askedTs: 60_000, filledTs: 60_000, state: "filled" });
  });

  it("F2 this-close fills at the close of the decision, other types from the next bar on", () => {
    const script = { 0: (m) => m.buy({ stopLoss: 99 }) && m.buy({ type: "limit", limit: 99.5, units: 2 }) } satisfies Parameters<typeof run>[1];
    const result = run(barsOf([[100, 110, 90, 103], [103, 103, 99.4, 101], flat]), script, { fill: "this-close" });
    expect(fills(result)).toEqual(["buy market 1 @ 103 in 0", "buy limit 2 @ 99.5 in 1", "sell stop-loss open (end)"]);
    expect(result.equity.equity[0]).toBe(10_000);
    expect(result.equity.exposure[0]).toBe(103);
  });

  it("F3 a market that had no bar at the moment fills in its first bar that opens at it or later", () => {
    const a = barsOf([flat, flat, flat, flat], [0, 1, 2, 3]);
    const b = barsOf(
      [
        [50, 50, 50, 50],
        [51, 51, 51, 51],
        [52, 52, 52, 52],
      ],
      [0, 1.5, 2.5],
    );
    // Step 1 is minute 2, when the bar of b that opened at 1.5 is still under way.
    const result = run([a, b], { 1: (_, now) => now.markets[1]?.buy() });
    expect(fills(result)).toEqual(["buy market 1 @ 52 in 2"]);
  });

  it("F4 a lag delays orders and takings back, not brackets", () => {
    const rows: Row[] = [flat, [101, 101, 101, 101], [102, 102, 95, 102], [103, 103, 90, 103], flat];
    const script = { 0: (m) => void m.buy({ stopLoss: 96 }), 1: (m) => m.cancel(m.buy({ type: "limit", limit: 92 })) } satisfies Parameters<typeof run>[1];
    expect(fills(run(barsOf(rows), script, { lagBars: 1 }))).toEqual(["buy market 1 @ 102 in 2", "buy limit cancelled", "sell stop-loss 1 @ 96 in 2"]);
    const late = run(barsOf(rows), { 0: (m) => void m.buy({ type: "limit", limit: 96, bars: 9 }), 1: (m) => m.cancel() }, { lagBars: 1 });
    expect(fills(late)).toEqual(["buy limit 1 @ 96 in 2"]);
  });

  it("F5 an order expires after its bars", () => {
    const rows: Row[] = [flat, flat, flat, [100, 100, 90, 100]];
    expect(fills(run(barsOf(rows), { 0: (m) => m.buy({ type: "limit", limit: 95, bars: 2 }) }))).toEqual(["buy limit expired"]);
    expect(fills(run(barsOf(rows), { 0: (m) => m.buy({ type: "limit", limit: 95, bars: 3 }) }))).toEqual(["buy limit 1 @ 95 in 3"]);
  });

  it("F6 a price that is missing fills nothing and values nothing", () => {
    const missing: Row = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
    const result = run(barsOf([flat, missing, [0, 0, 0, 0], [104, 106, 104, 105], missing]), { 0: (m) => m.buy({ stopLoss: 90 }) });
    expect(fills(result)).toEqual(["buy market 1 @ 104 in 3", "sell stop-loss open (end)"]);
    expect([...result.equity.equity]).toEqual([10_000, 10_000, 10_000, 10_001, 10_001]);
    const noLow = run(barsOf([flat, flat, [100, 100, Number.NaN, 100], flat]), { 0: (m) => m.buy({ stopLoss: 99 }) });
    expect(fills(noLow)).toEqual(["buy market 1 @ 100 in 1", "sell stop-loss open (end)"]);
  });
});

describe("at the open", () => {
  it("F7 a stop that the open has passed fills at the open, and is counted", () => {
    const result = run(barsOf([flat, flat, [95, 96, 94, 95]]), { 0: (m) => m.buy({ stopLoss: 98 }) });
    expect(fills(result)).toEqual(["buy market 1 @ 100 in 1", "sell stop-loss 1 @ 95 in 2"]);
    expect(result).toMatchObject({ gapped: 1, ambiguous: 0 });
    expect(run(barsOf([flat, flat, [98, 98, 98, 98]]), { 0: (m) => m.buy({ stopLoss: 98 }) }).gapped).toBe(0);
  });

  it("F8 a limit order that the open has passed gets the open; in its first bar as a taker", () => {
    const first = run(barsOf([flat, [95, 95, 95, 95]]), { 0: (m) => m.buy({ type: "limit", limit: 98 }) }, { costs });
    expect(first.orders[0]).toMatchObject({ price: 95.1, fee: 1.1, slippage: 0.1 });
    const capped = run(barsOf([flat, [97.95, 99, 97, 98]]), { 0: (m) => m.buy({ type: "limit", limit: 98 }) }, { costs });
    expect(capped.orders[0]).toMatchObject({ price: 98, slippage: 0.05 });
    const later = run(barsOf([flat, flat, [95, 95, 95, 95]]), { 0: (m) => m.buy({ type: "limit", limit: 98 }) }, { costs });
    expect(later.orders[0]).toMatchObject({ price: 95, fee: 1.05, slippage: 0, filledIndex: 2 });
  });

  it("F9 what makes a position smaller goes first, over all markets", () => {
    const a = barsOf([flat, flat, flat, flat]);
    const result = run([a, a], {
      0: (_, now) => now.markets[1]?.buy({ units: 100 }),
      1: (m, now) => m.buy({ units: 100 }) && now.markets[1]?.exit(),
    });
    expect(fills(result)).toEqual(["buy market 100 @ 100 in 1", "buy market 100 @ 100 in 2", "sell market 100 @ 100 in 2"]);
    expect(result.refused).toBe(0);
  });

  it("F10 exits of an entry at the open live in that bar", () => {
    expect(fills(run(barsOf([flat, [100, 101, 95, 100]]), { 0: (m) => m.buy({ stopLoss: 97 }) }))).toEqual([
      "buy market 1 @ 100 in 1",
      "sell stop-loss 1 @ 97 in 1",
    ]);
    expect(fills(run(barsOf([flat, [96, 101, 95, 100]]), { 0: (m) => m.buy({ stopLoss: 97 }) }))).toEqual([
      "buy market 1 @ 96 in 1",
      "sell stop-loss 1 @ 96 in 1",
    ]);
    expect(fills(run(barsOf([flat, [104, 105, 95, 100]]), { 0: (m) => m.buy({ takeProfit: 103 }) }))).toEqual([
      "buy market 1 @ 104 in 1",
      "sell take-profit 1 @ 104 in 1",
    ]);
  });
});

describe("between open and close", () => {
  it("F11 a stop fills at its price when it is reached", () => {
    expect(fills(run(barsOf([flat, [100, 102, 99, 100]]), { 0: (m) => m.buy({ type: "stop", stop: 102 }) }))).toEqual(["buy stop 1 @ 102 in 1"]);
    expect(fills(run(barsOf([flat, [100, 102, 99, 100]]), { 0: (m) => m.sell({ type: "stop", stop: 99 }) }))).toEqual(["sell stop 1 @ 99 in 1"]);
    expect(fills(run(barsOf([flat, [100, 101.99, 99, 100]]), { 0: (m) => m.buy({ type: "stop", stop: 102 }) }))).toEqual(["buy stop open (end)"]);
  });

  it("F12 a limit order needs the bar to trade through it", () => {
    const touch = barsOf([flat, [100, 102, 98, 100]]);
    expect(fills(run(touch, { 0: (m) => m.buy({ type: "limit", limit: 98 }) }))).toEqual(["buy limit open (end)"]);
    expect(fills(run(touch, { 0: (m) => m.buy({ type: "limit", limit: 98.01 }) }))).toEqual(["buy limit 1 @ 98.01 in 1"]);
    expect(fills(run(touch, { 0: (m) => m.sell({ type: "limit", limit: 102 }) }))).toEqual(["sell limit open (end)"]);
    expect(fills(run(touch, { 0: (m) => m.buy({ takeProfit: 102 }) })).at(-1)).toBe("sell take-profit open (end)");
  });

  it("F13 of stop-loss and take-profit in one bar the stop-loss, long and short", () => {
    const wide = barsOf([flat, flat, [100, 106, 94, 105], flat]);
    const long = run(wide, { 0: (m) => m.buy({ stopLoss: 95, takeProfit: 105 }) });
    expect(fills(long)).toEqual(["buy market 1 @ 100 in 1", "sell stop-loss 1 @ 95 in 2", "sell take-profit cancelled (bracket)"]);
    expect(long.ambiguous).toBe(1);
    expect(long.trades).toMatchObject([{ exit: "stop-loss", ambiguous: true, profit: -5 }]);
    const short = run(wide, { 0: (m) => m.sell({ stopLoss: 105, takeProfit: 95 }) });
    expect(short.trades).toMatchObject([{ exit: "stop-loss", exitPrice: 105, ambiguous: true }]);
    const one = run(wide, { 0: (m) => m.buy({ stopLoss: 93, takeProfit: 105 }) });
    expect(one).toMatchObject({ ambiguous: 0, trades: [{ exit: "take-profit", ambiguous: false, profit: 5 }] });
  });

  it("F13 two exits on one way are met nearest first, and nothing is in doubt", () => {
    const result = run(barsOf([flat, flat, [100, 100, 90, 91], flat]), { 0: (m) => m.buy({ stopLoss: 95, trailingStop: 3 }) });
    expect(result).toMatchObject({ ambiguous: 0, trades: [{ exit: "trailing", exitPrice: 97 }] });
  });

  it("F14 with nothing held the order asked for first decides the way", () => {
    const rows = barsOf([flat, [100, 106, 94, 100], flat]);
    const up = run(rows, { 0: (m) => m.buy({ type: "stop", stop: 105 }) && m.sell({ type: "stop", stop: 95 }) });
    expect(up.trades).toMatchObject([{ side: "long", entryPrice: 105, exitPrice: 95 }]);
    const down = run(rows, { 0: (m) => m.sell({ type: "stop", stop: 95 }) && m.buy({ type: "stop", stop: 105 }) });
    expect(down.trades).toMatchObject([{ side: "short", entryPrice: 95, exitPrice: 105, ambiguous: true }]);
    expect([up.ambiguous, down.ambiguous]).toEqual([1, 1]);
  });

  it("F15 nothing is filled on prices from before the entry", () => {
    const rows = barsOf([flat, [100, 106, 96, 99], flat, flat]);
    const result = run(rows, { 0: (m) => m.buy({ type: "limit", limit: 97, takeProfit: 105 }) });
    expect(fills(result)).toEqual(["buy limit 1 @ 97 in 1", "sell take-profit open (end)"]);
    const stopped = run(rows, { 0: (m) => m.buy({ type: "limit", limit: 98, stopLoss: 97, takeProfit: 105 }) });
    expect(fills(stopped)).toEqual(["buy limit 1 @ 98 in 1", "sell stop-loss 1 @ 97 in 1", "sell take-profit cancelled (bracket)"]);
    const short = run(rows, { 0: (m) => m.sell({ type: "limit", limit: 105, takeProfit: 97 }) });
    expect(fills(short)).toEqual(["sell limit 1 @ 105 in 1", "buy take-profit open (end)"]);
  });

  it("F16 a close through the take-profit is after the entry", () => {
    const result = run(barsOf([flat, [100, 106, 96, 105.5]]), { 0: (m) => m.buy({ type: "limit", limit: 97, takeProfit: 105 }) });
    expect(fills(result)).toEqual(["buy limit 1 @ 97 in 1", "sell take-profit 1 @ 105 in 1"]);
  });

  it("F17 a low that may be before or after a stop entry reaches its stop-loss", () => {
    const rows = barsOf([flat, [100, 106, 97, 105.5], flat]);
    const result = run(rows, { 0: (m) => m.buy({ type: "stop", stop: 102, stopLoss: 98, takeProfit: 105 }) });
    expect(result).toMatchObject({ ambiguous: 1, trades: [{ exit: "stop-loss", entryPrice: 102, exitPrice: 98, ambiguous: true }] });
    const short = run(barsOf([flat, [100, 103, 94, 95], flat]), { 0: (m) => m.sell({ type: "stop", stop: 98, stopLoss: 102 }) });
    expect(short.trades).toMatchObject([{ exit: "stop-loss", entryPrice: 98, exitPrice: 102, ambiguous: true }]);
    const certain = run(rows, { 0: (m) => m.buy({ type: "stop", stop: 102, stopLoss: 96, takeProfit: 105 }) });
    expect(certain).toMatchObject({ ambiguous: 0, trades: [{ exit: "take-profit" }] });
  });

  it("F18 where the open lay beyond the stop-loss only the close tells", () => {
    const ask = { type: "stop", stop: 102, stopLoss: 101 } as const;
    expect(fills(run(barsOf([flat, [100, 104, 99, 103]]), { 0: (m) => m.buy(ask) }))).toEqual(["buy stop 1 @ 102 in 1", "sell stop-loss open (end)"]);
    expect(fills(run(barsOf([flat, [100, 104, 99, 100.5]]), { 0: (m) => m.buy(ask) }))).toEqual(["buy stop 1 @ 102 in 1", "sell stop-loss 1 @ 101 in 1"]);
  });

  it("F19 a stop-limit fills at its trigger where the limit allows, else rests", () => {
    const near = { type: "stop-limit", stop: 102, limit: 102.05 } as const;
    expect(run(barsOf([flat, [100, 103, 99, 101]]), { 0: (m) => m.buy(near) }, { costs }).orders[0]).toMatchObject({ price: 102.05, fee: 1.1, slippage: 0.05 });
    const gap = barsOf([flat, [103, 104, 102, 103], flat]);
    expect(fills(run(gap, { 0: (m) => m.buy(near) }))).toEqual(["buy stop-limit 1 @ 102.05 in 1"]);
    expect(fills(run(barsOf([flat, [103, 104, 102.5, 103], [102, 102, 102, 102]]), { 0: (m) => m.buy(near) }))).toEqual(["buy stop-limit 1 @ 102 in 2"]);
    const below = { type: "stop-limit", stop: 102, limit: 100 } as const;
    expect(fills(run(barsOf([flat, [101, 103, 99, 101], flat]), { 0: (m) => m.buy(below) }))).toEqual(["buy stop-limit open (end)"]);
    expect(fills(run(barsOf([flat, [101, 103, 99, 99.5], flat]), { 0: (m) => m.buy(below) }))).toEqual(["buy stop-limit 1 @ 100 in 1"]);
  });

  it("F20 a trailing order follows the bars before; this bar's best price counts only with its close", () => {
    const held = (row: Row) => fills(run(barsOf([flat, flat, row, [200, 200, 200, 200]]), { 0: (m) => m.buy({ trailingStop: 5 }) })).at(-1);
    expect(held([100, 110, 96, 109])).toBe("sell trailing open (end)");
    expect(held([100, 110, 96, 105])).toBe("sell trailing 1 @ 105 in 2");
    expect(held([100, 110, 95, 109])).toBe("sell trailing 1 @ 95 in 2");
    expect(held([94, 110, 90, 109])).toBe("sell trailing 1 @ 94 in 2");
    const moved = run(barsOf([flat, flat, [100, 110, 100, 109], [108, 108, 104, 106]]), { 0: (m) => m.buy({ trailingStop: 5 }) });
    expect(fills(moved).at(-1)).toBe("sell trailing 1 @ 105 in 3");
    const order = run(barsOf([flat, [98, 99, 97, 97], [97, 100, 97, 100]]), { 0: (m) => m.buy({ type: "trailing", trail: 2 }) });
    expect(fills(order)).toEqual(["buy trailing 1 @ 99 in 2"]);
  });

  it("F21 the trailing exit of a limit entry follows only the close of its bar", () => {
    const rows = barsOf([flat, [100, 110, 96, 99], [99, 99, 95.5, 96]]);
    expect(fills(run(rows, { 0: (m) => m.buy({ type: "limit", limit: 97, trailingStop: 3 }) }))).toEqual([
      "buy limit 1 @ 97 in 1",
      "sell trailing 1 @ 96 in 2",
    ]);
    const stop = run(barsOf([flat, [100, 110, 99, 108], [108, 108, 107, 108]]), { 0: (m) => m.buy({ type: "stop", stop: 101, trailingStop: 3 }) });
    expect(fills(stop)).toEqual(["buy stop 1 @ 101 in 1", "sell trailing 1 @ 107 in 2"]);
  });
});

describe("what it costs", () => {
  it("F22 takers pay half the spread, slippage and their fee; makers their fee only", () => {
    const share = { ...costs, slippage: { model: "share", share: 0.001 } } as const;
    const taker = run(barsOf([flat, flat, flat]), { 0: (m) => m.buy(), 1: (m) => m.exit() }, { costs: share });
    expect(taker.orders).toMatchObject([
      { price: 100.2, fee: 1.1, slippage: 0.2 },
      { price: 99.8, fee: 1.1, slippage: 0.2 },
    ]);
    expect(taker).toMatchObject({ fees: 2.2, slippage: 0.4, trades: [{ costs: 2.2, profit: -2.6 }] });
    const maker = run(barsOf([flat, [100, 100, 98, 99]]), { 0: (m) => m.buy({ type: "limit", limit: 99 }) }, { costs: share });
    expect(maker.orders[0]).toMatchObject({ price: 99, fee: 1.05, slippage: 0 });
    const range = run(barsOf([flat, [100, 104, 96, 100]]), { 0: (m) => m.buy() }, { costs: { ...costs, spread: 0, slippage: { model: "range", share: 0.1 } } });
    expect(range.orders[0]).toMatchObject({ price: 100.8 });
  });

  it("F23 slippage by volume; without volume as if the order were all of it", () => {
    const volume = { ...costs, spread: 0, slippage: { model: "volume", impact: 0.1 } } as const;
    const price = (units: number): number | undefined =>
      run(barsOf([flat, [100, 100, 100, 100, units]]), { 0: (m) => m.buy({ units: 4 }) }, { costs: volume }).orders[0]?.price;
    expect([price(400), price(0), price(Number.NaN)]).toEqual([101, 110, 110]);
  });

  it("F24 booked amounts are rounded half to even", () => {
    const half = run(
      barsOf([flat, [100.005, 101, 100, 100.5]]),
      { 0: (m) => m.buy({ units: 0.25 }) },
      { costs: { ...costs, spread: 0, fixed: 0, taker: 0.1 } },
    );
    expect(half.orders[0]).toMatchObject({ price: 100, fee: 2.5 });
    const even = run(
      barsOf([
        [0.5, 1, 0.5, 0.5],
        [0.5, 0.5, 0.5, 0.5],
      ]),
      { 0: (m) => m.buy({ units: 0.25 }) },
      { costs: { ...costs, spread: 0, fixed: 0, taker: 0.25 } },
    );
    // 0.125 is booked as 0.12, its quarter 0.03.
    expect(even.orders[0]?.fee).toBe(0.03);
  });

  it("F25 borrowing is charged for the time that a short position is held", () => {
    const day = 24 * 60;
    const bars = barsOf([flat, flat, flat, flat], [0, day, 4 * day, 5 * day]);
    const borrow = { ...costs, taker: 0, spread: 0, fixed: 0, borrow: 0.365 };
    const result = run(bars, { 0: (m) => m.sell({ units: 10 }), 2: (m) => m.exit() }, { costs: borrow, timeframeMs: day * 60_000 });
    // From the open of day 1 to that of day 5: 4 days at 0.1 % of 1000.
    expect(result).toMatchObject({ borrow: 4, trades: [{ profit: -4, costs: 4 }] });
    const long = run(bars, { 0: (m) => m.buy({ units: 10 }) }, { costs: borrow, timeframeMs: day * 60_000 });
    expect(long.borrow).toBe(0);
  });
});

describe("how much", () => {
  it("F26 units on the grid, money with its costs", () => {
    expect(fills(run(barsOf([flat, flat]), { 0: (m) => m.buy({ units: 1.239 }) }))).toEqual(["buy market 1.23 @ 100 in 1"]);
    expect(fills(run(barsOf([flat, flat]), { 0: (m) => m.buy({ units: 0.009 }) }))).toEqual(["buy market refused (size)"]);
    const all = run(barsOf([flat, flat]), { 0: (m) => m.buy() }, { costs, sizing: { kind: "equity", share: 1 } });
    // (10,000 − 1) / 1.001 / 100.10 = 99.79…
    expect(fills(all)).toEqual(["buy market 99.79 @ 100.1 in 1"]);
    expect(all.refused).toBe(0);
    const value = run(barsOf([flat, flat]), { 0: (m) => m.sell({ value: 500 }) });
    expect(fills(value)).toEqual(["sell market 5 @ 100 in 1"]);
    expect(fills(run(barsOf([flat, flat]), { 0: (m) => m.buy() }, { sizing: { kind: "value", value: 250 } }))).toEqual(["buy market 2.5 @ 100 in 1"]);
  });

  it("F27 sizing by risk needs a stop-loss on the losing side", () => {
    const sizing = { kind: "risk", share: 0.01 } as const;
    const size = (stopLoss?: number) => fills(run(barsOf([flat, flat]), { 0: (m) => m.buy(stopLoss === undefined ? {} : { stopLoss }) }, { sizing }))[0];
    expect([size(95), size(), size(105)]).toEqual(["buy market 20 @ 100 in 1", "buy market refused (size)", "buy market refused (size)"]);
    const own = run(barsOf([flat, flat]), { 0: (m) => m.sell() }, { sizing, risk: { leverage: 1, stopLoss: 0.04 } });
    expect(fills(own)).toEqual(["sell market 25 @ 100 in 1", "buy stop-loss open (end)"]);
  });

  it("F28 what opens is refused beyond leverage, cash or positions; what closes never is", () => {
    const rows = barsOf([flat, flat, [200, 200, 200, 200], flat]);
    expect(fills(run(rows, { 0: (m) => m.buy({ units: 100.01 }) }))).toEqual(["buy market refused (cash)"]);
    expect(fills(run(rows, { 0: (m) => m.sell({ units: 100.01 }) }))).toEqual(["sell market refused (leverage)"]);
    expect(fills(run(rows, { 0: (m) => m.buy({ units: 200 }) }, { risk: { leverage: 2 } }))).toEqual(["buy market 200 @ 100 in 1"]);
    expect(fills(run(rows, { 0: (m) => m.sell({ units: 100 }), 1: (m) => m.exit() }))).toEqual(["sell market 100 @ 100 in 1", "buy market 100 @ 200 in 2"]);
    const two = run([rows, rows], { 0: (m, now) => m.buy() && now.markets[1]?.buy() }, { risk: { leverage: 1, positions: 1 } });
    expect(fills(two)).toEqual(["buy market 1 @ 100 in 1", "buy market refused (positions)"]);
    expect(two.refused).toBe(1);
  });

  it("F29 reduce-only takes at most what is held", () => {
    const script = {
      0: (m) => void m.buy({ units: 2 }),
      1: (m) => void (m.sell({ units: 5, reduceOnly: true }) && m.sell({ reduceOnly: true })),
    } satisfies Parameters<typeof run>[1];
    expect(fills(run(barsOf([flat, flat, flat]), script))).toEqual([
      "buy market 2 @ 100 in 1",
      "sell market 2 @ 100 in 2",
      "sell market cancelled (reduce-only)",
    ]);
  });
});

describe("brackets and ends", () => {
  it("F30 one exit takes back the others; the end of a position all", () => {
    const result = run(barsOf([flat, flat, flat]), { 0: (m) => m.buy({ stopLoss: 90, takeProfit: 110, trailingStop: 8 }), 1: (m) => m.exit() });
    expect(fills(result).slice(1)).toEqual([
      "sell stop-loss cancelled (bracket)",
      "sell trailing cancelled (bracket)",
      "sell take-profit cancelled (bracket)",
      "sell market 1 @ 100 in 2",
    ]);
    expect(result.trades).toMatchObject([{ exit: "signal" }]);
  });

  it("F31 own exits go before those of risk; what adds has its own", () => {
    const risk = { leverage: 1, stopLoss: 0.1, takeProfit: 0.2 };
    const result = run(barsOf([flat, flat, flat]), { 0: (m) => m.buy({ stopLoss: 95 }), 1: (m) => m.buy({ units: 2 }) }, { risk });
    const exits = result.orders
      .filter(({ type }) => type !== "market")
      .map(({ type, units, stop, limit }) => [type, units, type === "stop-loss" ? stop : limit]);
    expect(exits).toEqual([
      ["stop-loss", 1, 95],
      ["take-profit", 1, 120],
      ["stop-loss", 2, 90],
      ["take-profit", 2, 120],
    ]);
  });

  it("F32 first in, first out; a larger opposite order turns the position", () => {
    const rows = barsOf([flat, [101, 101, 101, 101], [102, 102, 102, 102], [103, 103, 103, 103]]);
    const result = run(rows, { 0: (m) => m.buy({ units: 1 }), 1: (m) => m.buy({ units: 2 }), 2: (m) => m.sell({ units: 5, stopLoss: 110 }) });
    expect(result.trades.map(({ side, units, entryPrice, exitPrice, profit, exit }) => [side, units, entryPrice, exitPrice, profit, exit])).toEqual([
      ["long", 1, 101, 103, 2, "signal"],
      ["long", 2, 102, 103, 2, "signal"],
      ["short", 2, 103, 103, 0, "end"],
    ]);
  });

  it("F33 a drawdown too deep closes all and refuses what follows", () => {
    const rows = barsOf([flat, flat, [50, 50, 50, 50], [60, 60, 60, 60], flat]);
    const script = { 0: (m) => void m.buy({ units: 50 }), 1: (m) => void m.buy({ type: "limit", limit: 10 }), 3: (m) => void m.buy() } satisfies Parameters<
      typeof run
    >[1];
    const result = run(rows, script, { risk: { leverage: 1, drawdownMax: 0.25 } });
    expect(fills(result)).toEqual(["buy market 50 @ 100 in 1", "buy limit cancelled (drawdown)", "sell market 50 @ 60 in 3", "buy market refused (drawdown)"]);
    expect(result.trades).toMatchObject([{ exit: "drawdown", profit: -2000 }]);
  });

  it("F34 what is open at the end is closed at the last close with costs", () => {
    const result = run(barsOf([flat, flat, [100, 110, 100, 110]]), { 0: (m) => m.buy(), 2: (m) => m.buy() }, { costs });
    expect(fills(result)).toEqual(["buy market 1 @ 100.1 in 1", "buy market open (end)"]);
    expect(result).toMatchObject({ openAtEnd: 1, trades: [{ exit: "end", exitOrder: 0, exitPrice: 109.89, costs: 2.21, profit: 7.58 }] });
    expect([result.equity.equity.at(-1), result.equity.exposure.at(-1)]).toEqual([10_007.58, 0]);
  });

  it("F34 what was taken back or refused at the last close keeps its reason", () => {
    const rows = barsOf([flat, flat, [50, 50, 50, 50]]);
    const orders = run(
      rows,
      { 0: (m) => void [m.buy({ units: 50 }), m.buy({ type: "limit", limit: 10 })], 2: (m) => void m.buy() },
      { risk: { leverage: 1, drawdownMax: 0.25 } },
    );
    expect(fills(orders)).toEqual(["buy market 50 @ 100 in 1", "buy limit cancelled (drawdown)", "sell market open (end)", "buy market refused (drawdown)"]);
    const cancelled = run(rows, { 1: (m) => void m.buy({ type: "limit", limit: 10 }), 2: (m) => m.cancel() });
    expect(fills(cancelled)).toEqual(["buy limit cancelled"]);
  });
});
