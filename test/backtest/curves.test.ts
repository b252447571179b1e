import fc from "fast-check";
import { expect, test } from "vitest";
import type { EquityCurve } from "../../src/backtest/backtest.ts";
import { drawdownCurve, monthlyReturns, rollingSharpe } from "../../src/backtest/curves.ts";

const day = 86_400_000;

function curve(equity: readonly number[], from = Date.UTC(2020, 0, 1), stepMs = day): EquityCurve {
  const ts = Float64Array.from(equity, (_, row) => from + row * stepMs);
  return { length: equity.length, ts, equity: Float64Array.from(equity), exposure: new Float64Array(equity.length) };
}

test("a drawdown is the distance to the highest value so far", () => {
  expect([...drawdownCurve(curve([100, 120, 90, 120, 150, 75]))]).toEqual([0, 0, -0.25, 0, 0, -0.5]);
});

test("the rolling Sharpe ratio is that of each window by itself", () => {
  const equity = Array.from({ length: 60 }, (_, row) => 1000 + Math.sin(row * 1.7) * 40 + row * 3);
  const window = 20;
  const rolling = rollingSharpe(curve(equity), window, 252);
  expect(rolling.slice(0, window).every(Number.isNaN)).toBe(true);
  for (const row of [20, 41, 59]) {
    const returns = Array.from({ length: window }, (_, back) => (equity[row - back] ?? 0) / (equity[row - back - 1] ?? 0) - 1);
    const mean = returns.reduce((sum, value) => sum + value, 0) / window;
    const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (window - 1));
    expect(rolling[row]).toBeCloseTo((mean / deviation) * Math.sqrt(252), 9);
  }
  expect(rollingSharpe(curve(Array.from({ length: 50 }, () => 100)), window, 252).every(Number.isNaN)).toBe(true);
});

test("months and years come from the calendar, a midnight belonging to what ends there, and their returns chain to the whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: Date.UTC(1969, 0, 1) / day, max: Date.UTC(2101, 0, 1) / day }),
      (factors, startDay) => {
        const equity: number[] = [];
        for (const factor of factors) equity.push((equity.at(-1) ?? 1000) * factor);
        const of = curve(equity, startDay * day, 3 * day);
        const years = monthlyReturns(of, 1000);
        const seen = new Set([...of.ts].map((ts) => new Date(ts - 1).toISOString().slice(0, 7)));
        const told = years.flatMap(({ year, months }) =>
          months.flatMap((value, month) => (Number.isNaN(value) ? [] : [`${year}-${String(month + 1).padStart(2, "0")}`])),
        );
        expect(told).toEqual([...seen].map((text) => text.replace(/^0+(?=\d{4})/, "")));
        const whole = years.reduce((total, { total: year }) => total * (1 + year), 1);
        expect(whole * 1000).toBeCloseTo(equity.at(-1) ?? 0, 6);
      },
    ),
  );
});
