import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BacktestResult } from "../../src/backtest/backtest.ts";
import { intentStrategy } from "../../src/backtest/intent-strategy.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import { sliceBars, type Bars } from "../../src/strategy/bars.ts";
import { plainEngine } from "./plain-engine.ts";
import { randomBars, randomStrategy, runSeeds } from "./random-run.ts";
import { minuteMs, settings } from "./small-run.ts";

const costs = { taker: 0.001, maker: 0.0004, fixed: 0.05, spread: 0.001, slippage: { model: "share", share: 0.0005 }, borrow: 0.1 } as const;
const cheap = { ...costs, fixed: 0, borrow: 0 };
const fine = { name: "m0", priceDecimals: 8, unitDecimals: 8 };

function traded(bars: readonly Bars[], seed: number, given: Partial<BacktestSettings> = {}): BacktestResult {
  const instruments = bars.map((_, index) => ({ name: `m${index}`, priceDecimals: 2, unitDecimals: 0 }));
  return runBacktest({ settings: settings({ instruments, costs, ...given }), bars, strategy: randomStrategy(seed), parameters: {}, intents: true });
}

describe("the engine beside a plain one", () => {
  it("comes to the same trades and equity within 1e-9", () => {
    fc.assert(
      fc.property(runSeeds, fc.constantFrom(1, 3), (seeds, leverage) => {
        const bars = randomBars(seeds.bars, seeds.length);
        const cash = 2000;
        const given = { instruments: [fine], costs: cheap, risk: { leverage }, account: { currency: "USD", cash, decimals: 8 } };
        const result = traded([bars], seeds.orders, given);
        const plain = plainEngine(bars, result.intents ?? [], { ...cheap, slippage: 0.0005, cash, leverage });
        expect(result.trades).toHaveLength(plain.trades.length);
        for (const [index, trade] of plain.trades.entries()) {
          const found = result.trades[index];
          expect(found?.units).toBeCloseTo(trade.units, 7);
          for (const name of ["entryPrice", "exitPrice"] as const) expect(Math.abs((found?.[name] ?? Number.NaN) / trade[name] - 1)).toBeLessThan(1e-9);
          expect(Math.abs((found?.profit ?? Number.NaN) - trade.profit)).toBeLessThan(1e-9 * cash);
        }
        for (const [step, equity] of plain.equity.entries()) expect(Math.abs((result.equity.equity[step] ?? Number.NaN) - equity)).toBeLessThan(1e-9 * cash);
      }),
      { numRuns: 600 },
    );
  });
});

describe("what holds for every run", () => {
  it("profits of the trades are final equity less the cash at the start, to the last cent", () => {
    fc.assert(
      fc.property(runSeeds, fc.constantFrom(1, 4), (seeds, leverage) => {
        const result = traded([randomBars(seeds.bars, seeds.length, 2)], seeds.orders, { risk: { leverage, stopLoss: 0.02, trailingStop: 0.05 } });
        const cents = (money: number): number => Math.round(money * 100);
        const sum = result.trades.reduce((sum, { profit }) => sum + cents(profit), 0);
        expect(sum).toBe(cents(result.equity.equity.at(-1) ?? 10_000) - 1_000_000);
        for (const { profit, costs } of result.trades) expect([cents(profit) / 100, cents(costs) / 100]).toEqual([profit, costs]);
        const paid = result.trades.reduce((sum, { costs }) => sum + cents(costs), 0);
        expect(paid).toBe(cents(result.fees) + cents(result.borrow));
      }),
      { numRuns: 500 },
    );
  });

  it("equity is cash and what positions are worth, at every step", () => {
    fc.assert(
      fc.property(runSeeds, (seeds) => {
        const bars = [randomBars(seeds.bars, seeds.length, 2), randomBars(seeds.orders, seeds.length, 2)];
        const inner = randomStrategy(seeds.orders);
        let widest = 0;
        runBacktest({
          settings: settings({ instruments: bars.map((_, index) => ({ name: `m${index}`, priceDecimals: 2, unitDecimals: 0 })), costs, risk: { leverage: 3 } }),
          bars,
          parameters: {},
          strategy: {
            onBar(now) {
              const worth = now.markets.reduce((sum, { position, close }) => sum + position * close, 0);
              widest = Math.max(widest, Math.abs(now.equity - now.cash - worth));
              inner.onBar(now);
            },
          },
        });
        expect(widest).toBeLessThan(1e-8);
      }),
    );
  });

  it("no fill lies outside its bar by more than spread and slippage", () => {
    fc.assert(
      fc.property(runSeeds, (seeds) => {
        const bars = randomBars(seeds.bars, seeds.length, 2);
        for (const { state, filledIndex, price, side } of traded([bars], seeds.orders, { risk: { leverage: 3 } }).orders) {
          if (state !== "filled") continue;
          const share = 0.001 / 2 + 0.0005;
          const most = (bars.high[filledIndex] as number) * (side === "buy" ? 1 + share : 1);
          const least = (bars.low[filledIndex] as number) * (side === "sell" ? 1 - share : 1);
          expect(price).toBeLessThanOrEqual(most + 0.005);
          expect(price).toBeGreaterThanOrEqual(least - 0.005);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("no buyer pays more than a limit, and nobody fills before the order is live", () => {
    fc.assert(
      fc.property(runSeeds, (seeds) => {
        for (const order of traded([randomBars(seeds.bars, seeds.length, 2)], seeds.orders, { risk: { leverage: 3 } }).orders) {
          if (order.state !== "filled") continue;
          if (order.type === "limit" || order.type === "stop-limit" || order.type === "take-profit") {
            expect(order.side === "buy" ? order.limit - order.price : order.price - order.limit).toBeGreaterThanOrEqual(
              -0.005 - (order.type === "take-profit" ? 0.2 : 0),
            );
          }
          if (["market", "limit", "stop", "stop-limit"].includes(order.type)) expect(order.filledIndex).toBeGreaterThan(order.askedIndex);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gross value never exceeds leverage when something is opened", () => {
    fc.assert(
      fc.property(runSeeds, fc.constantFrom(0.5, 1, 2), (seeds, leverage) => {
        const bars = randomBars(seeds.bars, seeds.length, 2);
        const held = new Map<number, number>();
        const result = traded([bars], seeds.orders, { risk: { leverage }, account: { currency: "USD", cash: 600, decimals: 2 } });
        let position = 0;
        for (const order of result.orders.filter(({ state }) => state === "filled").toSorted((a, b) => a.filledTs - b.filledTs || a.id - b.id)) {
          position += (order.side === "buy" ? 1 : -1) * order.units;
          held.set(order.filledIndex, position);
        }
        for (const [step, units] of held) expect(Math.abs(units) * (bars.low[step] as number)).toBeLessThan(leverage * 600 * 3);
        expect(result.orders.every(({ state, why }) => (state === "refused") === ["cash", "leverage", "size"].includes(why))).toBe(true);
      }),
    );
  });

  it("the intents of a run, asked again, give the identical run", () => {
    fc.assert(
      fc.property(runSeeds, fc.nat({ max: 2 }), (seeds, lagBars) => {
        const bars = [randomBars(seeds.bars, seeds.length, 2), randomBars(seeds.orders, seeds.length, 2)];
        const given = { lagBars, warmup: 3, risk: { leverage: 2, drawdownMax: 0.3 } };
        const first = traded(bars, seeds.orders, given);
        const instruments = bars.map((_, index) => ({ name: `m${index}`, priceDecimals: 2, unitDecimals: 0 }));
        const again = runBacktest({
          settings: settings({ instruments, costs, ...given, warmup: 0 }),
          bars,
          strategy: intentStrategy(first.intents ?? [], first.firstStep),
          parameters: {},
          intents: true,
        });
        expect(again).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  it("fewer bars give the same orders up to where they end", () => {
    fc.assert(
      fc.property(runSeeds, fc.double({ min: 0, max: 1, noNaN: true }), (seeds, share) => {
        const bars = randomBars(seeds.bars, seeds.length, 2);
        const cut = 1 + Math.floor(share * (bars.length - 1));
        const whole = traded([bars], seeds.orders);
        const part = traded([sliceBars(bars, 0, cut)], seeds.orders);
        expect(part.intents).toEqual(whole.intents?.filter(({ step }) => step < cut));
        const until = (cut - 1) * minuteMs + minuteMs;
        const filled = (result: BacktestResult) => result.orders.filter(({ filledTs, filledIndex }) => filledIndex < cut && filledTs <= until);
        expect(filled(part)).toEqual(filled(whole));
      }),
      { numRuns: 300 },
    );
  });

  it("the same input gives the same result", () => {
    fc.assert(
      fc.property(runSeeds, (seeds) => {
        const bars = [randomBars(seeds.bars, seeds.length)];
        expect(traded(bars, seeds.orders)).toEqual(traded(bars, seeds.orders));
      }),
    );
  });

  it("one market gives the same alone and on the clock of many", () => {
    fc.assert(
      fc.property(runSeeds, (seeds) => {
        const bars = randomBars(seeds.bars, seeds.length, 2);
        const alone = traded([bars], seeds.orders, { risk: { leverage: 2 } });
        const instruments = ["m0", "m1"].map((name) => ({ name, priceDecimals: 2, unitDecimals: 0 }));
        const both = runBacktest({
          settings: settings({ instruments, costs, risk: { leverage: 2 } }),
          bars: [bars, bars],
          strategy: intentStrategy(alone.intents ?? []),
          parameters: {},
        });
        expect(both.orders).toEqual(alone.orders);
        expect(both.trades).toEqual(alone.trades);
        expect(both.equity).toEqual(alone.equity);
      }),
      { numRuns: 200 },
    );
  });
});
