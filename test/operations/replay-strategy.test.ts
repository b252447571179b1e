import { describe, expect, it } from "vitest";
import type { BacktestResult } from "../../src/backtest/backtest.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import { replayAnswer } from "../../src/operations/replay-strategy.ts";
import type { BarStrategy, Series } from "../../src/strategy/bar-strategy.ts";
import { sliceBars } from "../../src/strategy/bars.ts";
import { settings, walk } from "../support/code-strategy.ts";

/** Every kind of order, and asks that depend on fills. */
function busy(): BarStrategy {
  let average: Series;
  return {
    start(setup) {
      average = setup.indicator(0, "sma", { period: 20 });
    },
    onBar({ step, markets, cash, equity }) {
      const [market, other = market] = markets;
      if (market === undefined || other === undefined) return;
      if (step % 11 === 0) market.cancel();
      if (step % 13 === 0 && market.pending === 0) {
        market.buy({ type: "limit", limit: average.now * 0.999, value: cash / 4, bars: 9, stopLoss: average.now * 0.98, takeProfit: average.now * 1.01 });
      }
      if (step % 17 === 0) other.sell({ type: "stop", stop: other.close * 0.998, units: Math.max(0.01, equity / 50_000), trailingStop: 5, tag: `t${step}` });
      if (step % 29 === 0 && market.position !== 0) market.exit();
      if (step % 37 === 0 && other.position < 0) other.buy({ type: "trailing", trail: 3, reduceOnly: true });
    },
  };
}

function asAnswer({ firstStep, intents = [] }: Pick<BacktestResult, "firstStep" | "intents">): Buffer {
  return Buffer.from([{ kind: "intents", firstStep }, ...intents].map((line) => `${JSON.stringify(line)}\n`).join(""));
}

const one = [walk(3000)];
const two = [walk(3000, 1), { ...sliceBars(walk(3000, 2), 200, 2500), length: 2300 }];
const both = {
  ...settings,
  instruments: [...settings.instruments, { name: "second", priceDecimals: 2, unitDecimals: 3 }],
  risk: { leverage: 3, drawdownMax: 0.5 },
};

describe("what was asked for, asked again, is the same backtest", () => {
  it.each<[string, BacktestSettings, typeof one]>([
    ["one market", settings, one],
    ["two markets of different lengths", both, two],
    ["a bar later", { ...settings, lagBars: 1 }, one],
    ["from a time on", { ...both, fromMs: one[0]!.ts[777]! }, two],
    ["with a warm-up of its own", { ...settings, warmup: 100 }, one],
    ["at this close", { ...settings, fill: "this-close" }, one],
  ])("%s", (_, settled, bars) => {
    const { intents, ...result } = runBacktest({ settings: settled, bars, strategy: busy(), parameters: {}, intents: true });
    expect(result.trades.length).toBeGreaterThan(20);
    const data = asAnswer({ ...result, ...(intents && { intents }) });
    expect(replayAnswer(data, { parameters: {}, settings: settled, bars }, "typescript", 10_000)).toEqual({ ok: true, result });
  });
});

it("nothing is believed that was asked for before the first bar it could be asked at", () => {
  const task = { parameters: {}, settings: { ...settings, warmup: 50 }, bars: one };
  const early = asAnswer({ firstStep: 0, intents: [{ step: 49, market: 0, act: "buy", ask: {} }] });
  expect(replayAnswer(early, task, "typescript", 10_000)).toEqual({
    ok: false,
    outcome: "failed",
    why: "backtest/bad-intent: it asks for an order at step 49, at which it was not called",
  });
  const first = asAnswer({ firstStep: 0, intents: [{ step: 50, market: 0, act: "buy", ask: {} }] });
  expect(replayAnswer(first, task, "typescript", 10_000)).toMatchObject({ ok: true, result: { firstStep: 50, orders: [{ askedIndex: 50 }] } });
});

it("ends when its time is over", () => {
  const asks = Array.from({ length: 20_000 }, (_, at) => ({
    step: Math.floor(at / 5000),
    market: 0,
    act: "buy" as const,
    ask: { type: "limit" as const, units: 1, limit: 1 },
  }));
  const late = replayAnswer(asAnswer({ firstStep: 0, intents: asks }), { parameters: {}, settings, bars: one }, "typescript", 50);
  expect(late).toEqual({ ok: false, outcome: "timeout", why: "the orders that it asked for take too long to trade" });
});
