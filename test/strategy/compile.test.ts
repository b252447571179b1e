import { expect, test } from "vitest";
import { meetsConstraints, parametersOf } from "../../src/strategy/parameters.ts";
import { ColumnCache, compileSignals } from "../../src/strategy/compile.ts";
import type { Bars } from "../../src/strategy/bars.ts";
import { declared } from "./declared.ts";

const nan = Number.NaN;
const dayMs = 86_400_000;

/** Daily bars from Monday, 2024-01-01 on, with these closes. */
function barsOf(...closes: number[]): Bars {
  const close = Float64Array.from(closes);
  return {
    length: close.length,
    ts: close.map((_, row) => Date.UTC(2024, 0, 1) + row * dayMs),
    open: close,
    high: close,
    low: close,
    close,
    volume: close.map(() => 1),
  };
}

const numbers = (expression: string, bars: Bars): number[] => [...compileSignals(declared({ weight: expression }), {}, bars).weight!];
const flags = (expression: string, bars: Bars): string => compileSignals(declared({ enterLong: expression }), {}, bars).enterLong.join("");

test("a comparison with what is no number is false, != too, and its opposite true", () => {
  const bars = barsOf(1, nan, 3);
  expect(flags("close > 0", bars)).toBe("101");
  expect(flags("close != 2", bars)).toBe("101");
  expect(flags("close == close", bars)).toBe("101");
  expect(flags("!(close > 0)", bars)).toBe("010");
  expect(flags("close < none || 1 < close", bars)).toBe("001");
});

test("crossing is leaving the other side or a tie, and a gap of no numbers is not crossed", () => {
  expect(flags("cross_over(close, 2)", barsOf(1, 2, 3, 2, 3, 1, nan, 3, 4, 1, 3))).toBe("00101000001");
  expect(flags("cross_under(close, 2)", barsOf(3, 2, 1, 2, 1, 3, nan, 1, 0, 3, 1))).toBe("00101000001");
});

test("windows, shifts and choices", () => {
  const bars = barsOf(3, 1, 2, nan, 5, 4);
  expect(numbers("highest(close, 2)", bars)).toEqual([nan, 3, 2, nan, nan, 5]);
  expect(numbers("lowest(close, 2)", bars)).toEqual([nan, 1, 1, nan, nan, 4]);
  expect(numbers("change(close)", bars)).toEqual([nan, -2, 1, nan, nan, -1]);
  expect(numbers("close > 2 ? close : -1", bars)).toEqual([3, -1, -1, -1, 5, 4]);
  expect(numbers("max(1.5, close, 2.5) % 2", bars)).toEqual([1, 0.5, 0.5, nan, 1, 0]);
});

test("and, or, not bind as &&, ||, !", () => {
  const bars = barsOf(1, 2, 3);
  expect(flags("close > 1 and close < 3 or close == 1", bars)).toBe("110");
  expect(flags("not (close > 1 || close < 0)", bars)).toBe("100");
});

test("a higher timeframe is known once its bar is closed, and stays until the next one is", () => {
  // Two whole weeks and a day: Sunday's bar closes the week.
  const bars = barsOf(...Array.from({ length: 15 }, (_, row) => row));
  expect(numbers("week.close", bars)).toEqual([...Array<number>(6).fill(nan), 6, 6, 6, 6, 6, 6, 6, 13, 13]);
  expect(compileSignals(declared({ weight: "change(week.close)" }), {}, bars).warmup).toBe(13);
  expect(numbers("change(week.close)", bars)[13]).toBe(7);
  expect(numbers("close - week.close", bars)[8]).toBe(2);
});

test("the calendar is that of a bar's opening, in UTC", () => {
  const ts = Float64Array.from(
    ["2024-02-28T23:00Z", "2024-02-29T00:00Z", "2023-12-31T12:30Z", "1969-12-28T00:00Z", "2100-02-28T05:59Z"].map((time) => Date.parse(time)),
  );
  const bars = { ...barsOf(1, 1, 1, 1, 1), ts };
  expect(numbers("hour", bars)).toEqual([23, 0, 12, 0, 5]);
  expect(numbers("weekday", bars)).toEqual([3, 4, 7, 7, 7]);
  expect(numbers("day_of_month", bars)).toEqual([28, 29, 31, 28, 28]);
  expect(numbers("days_left_in_month", bars)).toEqual([1, 0, 0, 3, 0]);
  expect(numbers("month", bars)).toEqual([2, 2, 12, 12, 2]);
});

test("outputs of an indicator by name, the first when none is named", () => {
  const bars = barsOf(...Array.from({ length: 60 }, (_, row) => 100 + (row % 7) * (row % 3)));
  expect(numbers("macd(close, 3, 6, 4)", bars)).toEqual(numbers("macd(close, 3, 6, 4).macd", bars));
  const parts = numbers("macd(close, 3, 6, 4) - macd(close, 3, 6, 4).signal - macd(close, 3, 6, 4).histogram", bars);
  expect(parts.slice(8).every((part) => Math.abs(part) < 1e-12)).toBe(true);
});

test("rows before the warm-up of a rule are empty, and the signals as a whole are warm with the slowest", () => {
  const columns = compileSignals(declared({ enterLong: "!(close > sma(close, 3))", exitLong: "shift(close, 4) > 0" }), {}, barsOf(5, 4, 3, 2, 1, 0));
  expect([...columns.enterLong]).toEqual([0, 0, 1, 1, 1, 1]);
  expect(columns.warmup).toBe(4);
  expect(columns.enterShort).toEqual(new Uint8Array(6));
});

test("fewer bars than warm-up: nothing is ever asked for", () => {
  const columns = compileSignals(declared({ enterLong: "close > sma(close, 200)" }), {}, barsOf(1, 2, 3));
  expect([...columns.enterLong]).toEqual([0, 0, 0]);
  expect(columns.warmup).toBe(199);
  expect(compileSignals(declared({ enterLong: "close > sma(close, 2)" }), {}, barsOf()).enterLong).toHaveLength(0);
});

const cross = declared(
  { columns: { f: "sma(close, fast)", s: "sma(close, slow)" }, enterLong: "cross_over(f, s)", exitLong: "cross_under(f, s)" },
  {
    parameters: { fast: { type: "integer", default: 2, min: 1, max: 4 }, slow: { type: "integer", default: 5, min: 5, max: 8 } },
    constraints: ["fast < slow"],
  },
);

test("variants share what they have in common, and share nothing with other bars", () => {
  const bars = barsOf(...Array.from({ length: 40 }, (_, row) => 10 + 5 * Math.sin(row)));
  const other = barsOf(...Array.from({ length: 40 }, (_, row) => 10 + 5 * Math.cos(row)));
  const cache = new ColumnCache();
  for (const fast of [1, 2, 3, 4]) {
    for (const slow of [5, 6, 7, 8]) {
      for (const each of [bars, other]) expect(compileSignals(cross, { fast, slow }, each, cache)).toEqual(compileSignals(cross, { fast, slow }, each));
    }
  }
  // Of each of the two: closes, eight averages, and the condition that never holds.
  expect(cache.size).toBe(2 * (1 + 8 + 1));
});

test("the cache keeps to its bounds, and what is computed does not depend on it", () => {
  const bars = barsOf(...Array.from({ length: 100 }, (_, row) => 10 + 5 * Math.sin(row)));
  const cache = new ColumnCache(2_000);
  for (const slow of [5, 6, 7, 8]) expect(compileSignals(cross, { fast: 3, slow }, bars, cache)).toEqual(compileSignals(cross, { fast: 3, slow }, bars));
  expect(cache.bytes).toBeLessThanOrEqual(2_000);
  expect(cache.size).toBeGreaterThan(0);
});

test("a period that parameters make impossible is an error that says so", () => {
  const strategy = declared({ enterLong: "close > sma(close, fast / 2)" }, { parameters: { fast: { type: "integer", default: 4, min: 2, max: 8 } } });
  expect(() => compileSignals(strategy, { fast: 5 }, barsOf(1, 2, 3))).toThrow(expect.objectContaining({ code: "strategy/bad-setting", exit: "usage" }));
  const shifted = declared({ enterLong: "close > shift(close, fast - 2)" }, { parameters: { fast: { type: "integer", default: 4, min: 2, max: 8 } } });
  expect(() => compileSignals(shifted, { fast: 1 }, barsOf(1, 2, 3))).toThrow(
    expect.objectContaining({ code: "strategy/future", message: "shift() of -1 bars asks for the future" }),
  );
});

test("parameters: defaults filled in, texts read, constraints asked", () => {
  const strategy = declared(
    { weight: "level * fast" },
    {
      parameters: {
        fast: { type: "integer", default: 2, min: 1, max: 4 },
        level: { type: "number", default: 0.5, max: 1 },
        mode: { type: "choice", default: 1, values: [1, 2] },
      },
      constraints: ["fast * level < 3"],
    },
  );
  expect(parametersOf(strategy, {})).toEqual({ fast: 2, level: 0.5, mode: 1 });
  expect(parametersOf(strategy, { fast: "4", level: " 1e-1", mode: "2" })).toEqual({ fast: 4, level: 0.1, mode: 2 });
  expect(meetsConstraints(strategy, { fast: 4, level: 0.5, mode: 1 })).toBe(true);
  expect(meetsConstraints(strategy, { fast: 4, level: 1, mode: 1 })).toBe(false);
});

test.each<[given: Record<string, string | number | boolean>, message: string]>([
  [{ fats: 1 }, 'test has no parameter "fats"'],
  [{ fast: "two" }, 'the parameter fast of test is "two", which is no integer'],
  [{ fast: "0x2" }, 'the parameter fast of test is "0x2", which is no integer'],
  [{ fast: "" }, 'the parameter fast of test is "", which is no integer'],
  [{ fast: 2.5 }, "the parameter fast of test is 2.5, which is not whole"],
  [{ fast: 5 }, "the parameter fast of test is 5, which is above 4"],
  [{ fast: "-1" }, 'the parameter fast of test is "-1", which is below 1'],
  [{ fast: Number.NaN }, "the parameter fast of test is null, which is no number"],
  [{ fast: true }, "the parameter fast of test is true, which is no integer"],
])("a parameter that cannot be: %j", (given, message) => {
  const strategy = declared({ weight: "fast" }, { parameters: { fast: { type: "integer", default: 2, min: 1, max: 4 } } });
  expect(() => parametersOf(strategy, given)).toThrow(expect.objectContaining({ code: "strategy/bad-parameter", exit: "usage", message }));
});
