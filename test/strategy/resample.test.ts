import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bars } from "../../src/strategy/bars.ts";
import { sliceBars } from "../../src/strategy/bars.ts";
import { lastClosed, resample } from "../../src/strategy/resample.ts";
import { timeframeMs } from "../../src/strategy/timeframe.ts";
import { sp500Bars } from "../support/sp500-bars.ts";

const [hour, day, week] = ["1h", "1d", "1w"].map(timeframeMs) as [number, number, number];
const at = (text: string): number => Date.parse(text);

function barsOf(rows: readonly (readonly [string | number, number, number, number, number, number])[]): Bars {
  const column = (k: 1 | 2 | 3 | 4 | 5): Float64Array => Float64Array.from(rows, (row) => row[k]);
  const ts = Float64Array.from(rows, ([ts]) => (typeof ts === "number" ? ts : at(ts)));
  return { length: rows.length, ts, open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}

test("hours to days: first open, highest, lowest, last close, volumes added", () => {
  const hours = barsOf([
    ["2024-01-01T22:00Z", 10, 12, 9, 11, 5],
    ["2024-01-01T23:00Z", 11, 15, 10, 14, 6],
    ["2024-01-02T03:00Z", 14, 14, 8, 9, 7],
  ]);
  expect(resample(hours, day)).toEqual(
    barsOf([
      ["2024-01-01", 10, 15, 9, 14, 11],
      ["2024-01-02", 14, 14, 8, 9, 7],
    ]),
  );
});

test("a stretch without bars makes none; a NaN volume makes NaN", () => {
  const days = barsOf([
    ["2024-01-01", 1, 2, 1, 2, 5],
    ["2024-01-03", 2, 3, 2, 3, Number.NaN],
    ["2024-01-22", 3, 4, 3, 4, 1],
  ]);
  const weeks = resample(days, week);
  expect([...weeks.ts]).toEqual([at("2024-01-01"), at("2024-01-22")]);
  expect([...weeks.volume]).toEqual([Number.NaN, 1]);
});

test("no bars, and no length", () => {
  expect(resample(barsOf([]), day).length).toBe(0);
  expect(() => resample(barsOf([]), 0)).toThrow(expect.objectContaining({ code: "strategy/bad-timeframe" }));
});

test("S&P weeks start on Mondays and hold every bar", () => {
  const days = sp500Bars();
  const weeks = resample(days, week);
  expect([...weeks.ts].every((ts) => new Date(ts).getUTCDay() === 1)).toBe(true);
  expect(weeks.volume.reduce((sum, units) => sum + units, 0)).toBe(days.volume.reduce((sum, units) => sum + units, 0));
  expect(Math.max(...weeks.high)).toBe(Math.max(...days.high));
  expect(weeks.close.at(-1)).toBe(days.close.at(-1));
  // 2001-09-11 closed the exchange for the rest of its week: one short week, none lost.
  expect(weeks.length).toBe(1059);
});

test("a higher bar is known when its whole stretch is over, not a moment before", () => {
  const hours = barsOf(Array.from({ length: 50 }, (_, k) => [at("2024-01-01T00:00Z") + k * hour, 1, 1, 1, 1, 1] as const));
  const known = lastClosed(hours, hour, resample(hours, day), day);
  expect([...known.subarray(21, 25)]).toEqual([-1, -1, 0, 0]);
  expect([...known.subarray(46, 50)]).toEqual([0, 1, 1, 1]);
});

test("a week whose Friday is missing is known from the next bar that closes after Sunday", () => {
  const days = barsOf(["2024-03-25", "2024-03-26", "2024-03-27", "2024-03-28", "2024-04-01"].map((date) => [date, 1, 1, 1, 1, 1] as const));
  expect([...lastClosed(days, day, resample(days, week), week)]).toEqual([-1, -1, -1, -1, 0]);
});

test("a timeframe that is no multiple is refused", () => {
  const hours = barsOf([[0, 1, 1, 1, 1, 1]]);
  expect(() => lastClosed(hours, hour, hours, 90 * 60_000)).toThrow(expect.objectContaining({ message: "90m is not made of bars of 1h" }));
  expect(() => lastClosed(hours, day, hours, hour)).toThrow(expect.objectContaining({ code: "strategy/bad-timeframe" }));
});

test("what is known of the higher timeframe does not change when more bars come", () => {
  const days = sliceBars(sp500Bars(), 0, 400);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), (cut) => {
      const [whole, part] = [days, sliceBars(days, 0, cut)].map((bars) => {
        const weeks = resample(bars, week);
        return [...lastClosed(bars, day, weeks, week)].map((index) => (index < 0 ? undefined : [weeks.ts[index], weeks.close[index], weeks.high[index]]));
      });
      expect(part).toEqual(whole!.slice(0, cut));
    }),
    { numRuns: 60 },
  );
});
