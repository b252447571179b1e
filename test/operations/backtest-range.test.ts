import fc from "fast-check";
import { expect, test } from "vitest";
import { rangeOf, upTo } from "../../src/operations/backtest-range.ts";
import type { ReadyStrategy } from "../../src/operations/strategy-source.ts";
import type { Bars } from "../../src/strategy/bars.ts";

const dayMs = 86_400_000;
const barsAt = (times: readonly number[]): Bars => {
  const ts = Float64Array.from(times);
  return { length: ts.length, ts, open: ts, high: ts, low: ts, close: ts, volume: ts };
};
const ready = (times: readonly number[]): Pick<ReadyStrategy, "data" | "settings"> =>
  ({ data: [{ set: { name: "x" }, bars: barsAt(times) }], settings: { warmup: 3 } }) as unknown as Pick<ReadyStrategy, "data" | "settings">;
const day = (text: string): number => Date.parse(text);

test("bars up to a time are those that open at or before it", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1000 })), fc.integer({ min: -1, max: 1001 }), (times, to) => {
      const sorted = times.toSorted((a, b) => a - b);
      expect([...upTo(barsAt(sorted), to).ts]).toEqual(sorted.filter((time) => time <= to));
    }),
  );
});

test("a date is a whole day, a moment is a moment; earlier bars stay to warm up", () => {
  const hours = Array.from({ length: 72 }, (_, hour) => day("2020-02-28") + hour * 3_600_000);
  const whole = rangeOf(ready(hours), { from: "2020-02-29", to: "2020-02-29" });
  expect({ fromMs: whole.settings.fromMs, bars: whole.bars[0]?.length, last: whole.bars[0]?.ts.at(-1) }).toEqual({
    fromMs: day("2020-02-29"),
    bars: 48,
    last: day("2020-02-29T23:00Z"),
  });
  expect(rangeOf(ready(hours), { to: "2020-02-28T05:30Z" }).bars[0]?.length).toBe(6);
  const all = ready(hours);
  expect(rangeOf(all, {})).toEqual({ settings: all.settings, bars: [all.data[0]?.bars] });
});

test.each(["2020-02-30", "2020-2-3", "yesterday", "", "2020-01-01T10:00", "2020-01-01T25:00Z", "1577836800000"])("%j is no date", (text) => {
  expect(() => rangeOf(ready([0, dayMs]), { from: text })).toThrow(expect.objectContaining({ code: "backtest/bad-date", exit: "usage" }) as Error);
});

test("a range without bars says what there is", () => {
  const three = ready([day("2020-01-01"), day("2020-01-02"), day("2020-01-03")]);
  const said = (asked: { from?: string; to?: string }): string => {
    try {
      rangeOf(three, asked);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(said({ from: "2020-01-04" })).toBe("there are no bars from 2020-01-04: x has 2020-01-01 to 2020-01-03");
  expect(said({ from: "2020-01-03", to: "2020-01-02" })).toBe("there are no bars from 2020-01-03 to 2020-01-02: x has 2020-01-01 to 2020-01-03");
  expect(said({ to: "2019-12-31" })).toBe("there are no bars to 2019-12-31: x has 2020-01-01 to 2020-01-03");
  expect(said({ from: "2020-01-03" })).toBe("");
  expect(() => rangeOf(ready([]), {})).toThrow("there are no bars: x has none");
});
