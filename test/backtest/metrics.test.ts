import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BacktestResult, Order, Trade } from "../../src/backtest/backtest.ts";
import { barsPerYear, yearsOf } from "../../src/backtest/bars-per-year.ts";
import { monthlyReturns } from "../../src/backtest/curves.ts";
import { measure, metricTable } from "../../src/backtest/metrics.ts";
import { sp500Bars } from "../support/sp500-bars.ts";

const day = 86_400_000;
const at = (text: string): number => Date.parse(text);

interface Given {
  equity: readonly number[];
  ts?: readonly number[];
  exposure?: readonly number[];
  trades?: readonly Partial<Trade>[];
  orders?: readonly Partial<Order>[];
  fees?: number;
  slippage?: number;
  borrow?: number;
}

function result({ equity, ts, exposure, trades = [], orders = [], fees = 0, slippage = 0, borrow = 0 }: Given): BacktestResult {
  return {
    orders: orders as Order[],
    trades: trades.map((trade) => ({ side: "long", ambiguous: false, return: 0, profit: 0, entryIndex: 0, exitIndex: 1, ...trade })) as Trade[],
    equity: {
      length: equity.length,
      ts: Float64Array.from(ts ?? equity.map((_, row) => at("2024-01-02") + row * day)),
      equity: Float64Array.from(equity),
      exposure: Float64Array.from(exposure ?? equity.map(() => 0)),
    },
    bars: equity.length,
    warmup: 0,
    firstStep: 0,
    ambiguous: 0,
    gapped: 0,
    refused: 0,
    openAtEnd: 0,
    fees,
    slippage,
    borrow,
  };
}

test("every metric has a name of its own, a unit, a definition and a source", () => {
  expect(new Set(metricTable.map(({ name }) => name)).size).toBe(metricTable.length);
  expect(metricTable.length).toBeGreaterThanOrEqual(35);
  for (const { name, about, source } of metricTable) {
    expect(name).toMatch(/^[a-z][a-zA-Z0-9]*$/);
    expect(about).toMatch(/\.$/);
    expect(source).not.toBe("");
  }
  expect(Object.keys(measure(result({ equity: [] }), { cash: 1 }))).toEqual(metricTable.map(({ name }) => name));
});

describe("what is undefined is null", () => {
  const counted = { trades: 0, fees: 0, slippage: 0, borrow: 0 };

  test("no rows: nothing but counts and totals", () => {
    const { trades, fees, slippage, borrow, ...rest } = measure(result({ equity: [] }), { cash: 1000 });
    expect({ trades, fees, slippage, borrow }).toEqual(counted);
    expect(Object.entries(rest).filter(([, value]) => value !== null)).toEqual([]);
  });

  test("no trades: no win rate, no ratio, no Sharpe", () => {
    const found = measure(result({ equity: [1000, 1000, 1000] }), { cash: 1000 });
    const defined = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
    expect(defined).toEqual({
      ...counted,
      totalReturn: 0,
      cagr: 0,
      volatility: 0,
      maxDrawdown: 0,
      maxDrawdownMoney: 0,
      maxDrawdownDays: 0,
      ulcerIndex: 0,
      timeUnderWater: 0,
      bestDay: 0,
      worstDay: 0,
      bestMonth: 0,
      worstMonth: 0,
      positiveMonths: 0,
      exposure: 0,
      turnover: 0,
    });
  });

  test("one row has no year, and one that rises steadily no risk", () => {
    expect(measure(result({ equity: [1100] }), { cash: 1000 })).toMatchObject({
      cagr: null,
      volatility: null,
      sharpe: null,
      totalReturn: expect.closeTo(0.1, 12),
    });
    const steady = measure(result({ equity: Array.from({ length: 50 }, (_, row) => 1000 * 1.001 ** (row + 1)) }), { cash: 1000 });
    expect(steady).toMatchObject({
      sharpe: null,
      sortino: null,
      calmar: null,
      omega: null,
      skewness: null,
      kurtosis: null,
      probabilisticSharpe: null,
      tailRatio: null,
    });
  });

  test("ruin: returns mean nothing any more, the loss stands", () => {
    const found = measure(result({ equity: [1000, -200, 300] }), { cash: 1000 });
    expect(found).toMatchObject({
      totalReturn: expect.closeTo(-0.7, 12),
      maxDrawdown: 1.2,
      maxDrawdownMoney: 1200,
      sharpe: null,
      volatility: null,
      bestDay: null,
      bestMonth: null,
    });
    expect(measure(result({ equity: [1000, 0] }), { cash: 1000 })).toMatchObject({ cagr: null, totalReturn: -1 });
  });

  test("only wins have no profit factor, only losses one of 0", () => {
    const wins = measure(result({ equity: [1000, 1010], trades: [{ profit: 10 }] }), { cash: 1000 });
    expect(wins).toMatchObject({ winRate: 1, profitFactor: null, payoffRatio: null, kelly: null, losingStreak: 0 });
    const losses = measure(result({ equity: [1000, 990], trades: [{ profit: -10 }] }), { cash: 1000 });
    expect(losses).toMatchObject({ winRate: 0, profitFactor: 0, payoffRatio: null, kelly: null, losingStreak: 1 });
  });
});

test("returns and drawdowns, worked by hand", () => {
  // +10 %, −20 %, +25 %, 0 %, +10 %: down from 1100 to 880 for two days, back on the third.
  const found = measure(result({ equity: [1100, 880, 1100, 1100, 1210] }), { cash: 1000 });
  const [mean, perYear] = [0.05, 365.25];
  const deviation = Math.sqrt((0.05 ** 2 + 0.25 ** 2 + 0.2 ** 2 + 0.05 ** 2 + 0.05 ** 2) / 4);
  const near = (value: number): unknown => expect.closeTo(value, 10);
  expect(found).toMatchObject({
    totalReturn: near(0.21),
    volatility: near(deviation * Math.sqrt(perYear)),
    sharpe: near((mean / deviation) * Math.sqrt(perYear)),
    sortino: near((mean / Math.sqrt(0.04 / 5)) * Math.sqrt(perYear)),
    omega: near(0.45 / 0.2),
    maxDrawdown: near(0.2),
    maxDrawdownMoney: 220,
    maxDrawdownDays: 2,
    averageDrawdown: near(0.2),
    ulcerIndex: near(Math.sqrt(0.04 / 5)),
    timeUnderWater: 0.2,
    bestDay: near(0.25),
    worstDay: near(-0.2),
  });
  const growth = 1.21 ** (365.25 / 4) - 1;
  expect(found["cagr"]! / growth).toBeCloseTo(1, 10);
  expect(found["calmar"]! / (growth / 0.2)).toBeCloseTo(1, 10);
});

test("a drawdown that is not over lasts until the end; its money may be another's than its share", () => {
  const found = measure(result({ equity: [500, 1000, 4000, 3000, 3200] }), { cash: 1000 });
  expect(found).toMatchObject({ maxDrawdown: 0.5, maxDrawdownMoney: 1000, maxDrawdownDays: 2, averageDrawdown: 0.375, timeUnderWater: 0.6 });
});

test("trades, worked by hand", () => {
  const trades: Partial<Trade>[] = [
    { profit: 30, return: 0.03, entryIndex: 1, exitIndex: 4 },
    { profit: -10, return: -0.01, entryIndex: 5, exitIndex: 6, side: "short" },
    { profit: -20, return: -0.02, entryIndex: 7, exitIndex: 8, ambiguous: true },
    { profit: 0, return: 0, entryIndex: 9, exitIndex: 9 },
  ];
  const orders: Partial<Order>[] = [
    { state: "filled", price: 10, units: 50 },
    { state: "refused", price: Number.NaN, units: 99 },
    { state: "filled", price: 20, units: 25 },
  ];
  const curve = { equity: [1000, 1000, 1000], ts: [0, 182.625 * day, 365.25 * day], exposure: [0, 500, -200] };
  const found = measure(result({ ...curve, trades, orders, fees: 4, slippage: 3, borrow: 1 }), { cash: 1000 });
  expect(found).toMatchObject({
    trades: 4,
    winRate: 0.25,
    profitFactor: 1,
    payoffRatio: 2,
    expectancy: 0,
    kelly: 0.25 - 0.75 / 2,
    averageTrade: expect.closeTo(0, 15),
    medianTrade: -0.005,
    bestTrade: 0.03,
    worstTrade: -0.02,
    averageHolding: 1.25,
    losingStreak: 2,
    longShare: 0.75,
    ambiguousShare: 0.25,
    exposure: 2 / 3,
    turnover: 1,
    fees: 4,
    slippage: 3,
    borrow: 1,
    costShare: 1,
  });
});

test("the tails are of the worst twentieth, the last return counted in part", () => {
  const moves = Array.from({ length: 50 }, (_, row) => (row - 10) / 1000);
  let value = 1000;
  const found = measure(result({ equity: moves.map((move) => (value *= 1 + move)) }), { cash: 1000 });
  expect(found["valueAtRisk95"]).toBeCloseTo(0.008, 12);
  expect(found["expectedShortfall95"]).toBeCloseTo((0.01 + 0.009 + 0.5 * 0.008) / 2.5, 12);
  expect(found["tailRatio"]).toBeCloseTo(0.03655 / 0.00755, 9);
});

test("a bar that closes at midnight belongs to the day and the month that end there", () => {
  const ts = ["2024-01-31", "2024-02-01", "2024-02-02", "2024-03-01", "2024-03-02"].map(at);
  const curve = result({ equity: [110, 121, 121, 242, 121], ts }).equity;
  const months = monthlyReturns(curve, 100)[0]!.months;
  expect(months.slice(0, 4)).toEqual([expect.closeTo(0.21, 12), 1, -0.5, Number.NaN]);
  expect(measure(result({ equity: [110, 121, 121, 242, 121], ts: ts.map((_, row) => at("2024-01-31") + row * 3_600_000) }), { cash: 100 })).toMatchObject({
    bestDay: expect.closeTo(0.1, 12),
    worstDay: expect.closeTo(0.1, 12),
    positiveMonths: 1,
  });
  expect(measure(result({ equity: [110, 121, 121], ts: [0, 7 * day, 14 * day] }), { cash: 100 })).toMatchObject({
    bestDay: null,
    bestMonth: expect.any(Number),
  });
});

test("bars a year come from the data", () => {
  expect(barsPerYear([0, 365.25 * day])).toBe(1);
  expect(barsPerYear(sp500Bars().ts)).toBeCloseTo(251.58, 1);
  expect(yearsOf(sp500Bars().ts)).toBeCloseTo(20.29, 2);
  expect([barsPerYear([]), barsPerYear([5]), barsPerYear([5, 5])]).toEqual([undefined, undefined, undefined]);
});

test("bought and held, the S&P bars have the figures of the market-stats skill", () => {
  const { close, ts, length } = sp500Bars();
  // From the second close on, with the first as the cash: the same returns, over a day less.
  const found = measure(result({ equity: [...close.subarray(1)], ts: Array.from(ts.subarray(1), (ms) => ms + day) }), { cash: close[0]! });
  const perYear = Math.sqrt(252 / barsPerYear(ts.subarray(1))!);
  const near = (value: number): unknown => expect.closeTo(value, 12);
  expect(found).toMatchObject({
    totalReturn: near(0.9753440141593548),
    maxDrawdown: near(0.5677538775030553),
    valueAtRisk95: near(0.01894490374780211),
    expectedShortfall95: near(0.030260018951655535),
    bestDay: near(0.11580036960722695),
    worstDay: near(-0.11984055248695646),
    maxDrawdownDays: 2623,
  });
  expect(found["cagr"]).toBeCloseTo(0.034124133779111165, 4);
  // The skill takes 252 bars a year, and corrects skewness for a sample.
  expect(found["sharpe"]! * perYear).toBeCloseTo(0.26860462897158793, 10);
  expect(found["sortino"]! * perYear).toBeCloseTo(0.3765281774115556, 10);
  const n = length - 1;
  expect((found["skewness"]! * Math.sqrt(n * (n - 1))) / (n - 2)).toBeCloseTo(-0.12266535946674754, 10);
  expect(((n - 1) * ((n + 1) * found["kurtosis"]! + 6)) / ((n - 2) * (n - 3))).toBeCloseTo(11.029091707817633, 9);
});

test("whatever comes in, every metric is finite or null", () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 1, max: 1e6, noNaN: true }), fc.constantFrom(0, 1e-300, 1e300));
  const trade = fc.record({
    profit: number,
    return: number,
    entryIndex: fc.nat(9),
    exitIndex: fc.nat(9),
    ambiguous: fc.boolean(),
    side: fc.constantFrom("long" as const, "short" as const),
  });
  fc.assert(
    fc.property(fc.array(number, { maxLength: 40 }), fc.array(trade, { maxLength: 5 }), number, (equity, trades, fees) => {
      for (const value of Object.values(measure(result({ equity, trades, fees }), { cash: 1000 }))) expect(value === null || Number.isFinite(value)).toBe(true);
    }),
  );
});

test("scaling all money leaves every share and ratio, and scales money", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 500, max: 2000 }), { minLength: 2, maxLength: 60 }), (equity) => {
      const [one, eight] = [1, 8].map((scale) => measure(result({ equity: equity.map((value) => value * scale) }), { cash: 1000 * scale }));
      for (const { name, unit } of metricTable) {
        const expected = one![name] === null ? null : one![name]! * (unit === "money" ? 8 : 1);
        expect([name, eight![name]]).toEqual([name, expected]);
      }
    }),
    { numRuns: 50 },
  );
});
