import { expect, test } from "vitest";
import { barStart, timeframeMs, timeframeOf } from "../../src/strategy/timeframe.ts";

test.each([
  ["30s", 30_000],
  ["1m", 60_000],
  ["15m", 900_000],
  ["4h", 14_400_000],
  ["1d", 86_400_000],
  ["2w", 1_209_600_000],
])("%s is %i ms, there and back", (timeframe, ms) => {
  expect(timeframeMs(timeframe)).toBe(ms);
  expect(timeframeOf(ms)).toBe(timeframe);
});

test("the largest unit that fits", () => {
  expect(timeframeOf(7 * 86_400_000)).toBe("1w");
  expect(timeframeOf(90 * 60_000)).toBe("90m");
});

test.each(["", "1", "m", "0m", "-1h", "1.5h", "1M", "1y", "01h", "1h ", "99999m", "١m"])("%j is none", (timeframe) => {
  expect(() => timeframeMs(timeframe)).toThrow(expect.objectContaining({ code: "strategy/bad-timeframe", exit: "usage" }));
});

test.each([0, -60_000, 1500, Number.NaN, 0.5])("%d ms is none", (ms) => {
  expect(() => timeframeOf(ms)).toThrow(expect.objectContaining({ code: "strategy/bad-timeframe" }));
});

const at = (text: string): number => Date.parse(text);
test("weeks start on Monday in UTC, all else is counted from the epoch", () => {
  const week = timeframeMs("1w");
  expect(barStart(at("2020-04-19T23:59:59.999Z"), week)).toBe(at("2020-04-13T00:00:00Z"));
  expect(barStart(at("2020-04-20T00:00:00Z"), week)).toBe(at("2020-04-20T00:00:00Z"));
  expect(barStart(at("1969-12-31T12:00:00Z"), week)).toBe(at("1969-12-29T00:00:00Z"));
  expect(barStart(at("2020-04-17T13:59:00Z"), timeframeMs("4h"))).toBe(at("2020-04-17T12:00:00Z"));
  expect(barStart(at("2020-04-17T13:59:00Z"), timeframeMs("1d"))).toBe(at("2020-04-17T00:00:00Z"));
});
