import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeBars, usualThresholds, type JudgedBars, type Thresholds } from "../../src/market/judge-bars.ts";
import type { ProblemKind } from "../../src/market/problems.ts";
import { barsFrom, dayMs, healthyBars, minuteMs, rowsOf, sameBars } from "../support/market-bars.ts";

function judge(
  rows: readonly (readonly number[])[],
  more: Partial<Thresholds> & { sort?: boolean; calendar?: "always" | "sessions"; timeframeMs?: number } = {},
): JudgedBars {
  const { sort = false, calendar = "always", timeframeMs = minuteMs, ...thresholds } = more;
  return judgeBars(
    { bars: barsFrom(rows), rowOf: (at) => at + 1 },
    { timeframeMs, calendar, sort, thresholds: { ...usualThresholds, gapsMax: 1, ...thresholds } },
  );
}

/** What can be planted into one row of healthy bars, and what must be found there. */
const defects: { name: string; kind: ProblemKind; plant: (rows: number[][], at: number) => number }[] = [
  { name: "a price of zero", kind: "price", plant: (rows, at) => ((rows[at]![3] = 0), at) },
  { name: "a negative price", kind: "price", plant: (rows, at) => ((rows[at]![1] = -rows[at]![1]!), at) },
  { name: "a high below the close", kind: "ohlc", plant: (rows, at) => ((rows[at]![2] = rows[at]![4]! / 2), at) },
  { name: "a low above the open", kind: "ohlc", plant: (rows, at) => ((rows[at]![3] = rows[at]![1]! * 2), at) },
  { name: "a negative volume", kind: "volume", plant: (rows, at) => ((rows[at]![5] = -1), at) },
  { name: "the same bar twice", kind: "duplicate", plant: (rows, at) => (rows.splice(at + 1, 0, [...rows[at]!]), at + 1) },
  { name: "another bar of the same time", kind: "conflict", plant: (rows, at) => (rows.splice(at + 1, 0, [rows[at]![0]!, 1, 1, 1, 1, 77]), at + 1) },
  { name: "two bars that changed places", kind: "order", plant: (rows, at) => (rows.splice(at, 2, rows[at + 1]!, rows[at]!), at + 1) },
  { name: "a time beside the grid", kind: "grid", plant: (rows, at) => ((rows[at]![0]! += 7000), at) },
  { name: "a time with a fraction of a millisecond", kind: "grid", plant: (rows, at) => ((rows[at]![0]! += 0.5), at) },
  { name: "a bar too close to the one before", kind: "spacing", plant: (rows, at) => ((rows[at + 1]![0]! -= 30_000), at + 1) },
];

describe("health", () => {
  test("healthy bars pass, bit for bit", () => {
    fc.assert(
      fc.property(healthyBars(), (bars) => {
        const { health, bars: whole } = judgeBars(
          { bars, rowOf: (at) => at + 1 },
          { timeframeMs: minuteMs, sort: false, thresholds: { ...usualThresholds, frozenMax: 40 } },
        );
        expect(health.refused).toEqual([]);
        expect(sameBars(whole, bars)).toBe(true);
      }),
    );
  });

  test.each(defects)("finds $name, wherever it is", ({ kind, plant }) => {
    fc.assert(
      fc.property(healthyBars({ min: 8, max: 30 }), fc.nat(), (bars, place) => {
        const rows = rowsOf(bars);
        const at = plant(rows, place % (rows.length - 1));
        const { health } = judge(rows, { frozenMax: 40 });
        expect(health.passed).toBe(false);
        expect(health.problems.filter((problem) => problem.kind === kind).map(({ row }) => row)).toContain(at + 1);
        expect(health.counts[kind]).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  test("counts every bar of a hole", () => {
    fc.assert(
      fc.property(healthyBars({ min: 10, max: 30 }), fc.nat(), fc.integer({ min: 1, max: 4 }), (bars, place, size) => {
        const rows = rowsOf(bars);
        const at = 3 + (place % (rows.length - size - 4));
        rows.splice(at, size);
        const { health } = judge(rows, { frozenMax: 40 });
        expect(health.missing).toBe(size);
        expect(health.gaps).toEqual([{ after: isoMinute(rows[at - 1]![0]!), before: isoMinute(rows[at]![0]!), bars: size }]);
        expect(judge(rows, { frozenMax: 40, gapsMax: 0 }).health.refused).toEqual([expect.stringMatching(/^missing bars: \d/)]);
      }),
    );
  });

  test("sorts when asked to, and never leaves a row out of order out", () => {
    const rows = [4, 0, 1, 2, 3].map((minute) => [minute * minuteMs, 1, 2, 1, 2, 1]);
    expect(judge(rows, { badMax: 100 }).health.refused).toEqual(["rows out of order: 1 are older than the row before"]);
    const { health, bars } = judge(rows, { sort: true });
    expect(health.passed).toBe(true);
    expect([...bars.ts]).toEqual([0, 1, 2, 3, 4].map((minute) => minute * minuteMs));
  });

  test("leaves bad rows out up to a threshold, and counts them as missing", () => {
    const rows = Array.from({ length: 10 }, (_, minute) => [minute * minuteMs, 1, minute === 4 ? 0.5 : 2, 1, 2 - minute / 100, 1]);
    expect(judge(rows).health).toMatchObject({ passed: false, bad: 1, leftOut: 0 });
    const { health, bars } = judge(rows, { badMax: 1 });
    expect(health).toMatchObject({ passed: true, bad: 1, leftOut: 1, missing: 1, rows: 9 });
    expect([...bars.ts]).not.toContain(4 * minuteMs);
  });

  test("says which timeframe the bars have instead", () => {
    const rows = Array.from({ length: 10 }, (_, at) => [at * 5 * minuteMs, 1, 2, 1, 2 - at / 100, 1]);
    expect(judge(rows).health.refused).toContain("most bars are 5m apart, which is not the timeframe");
    expect(judge(rows, { timeframeMs: 3_600_000 }).health.refused).toContain("most bars are 5m apart, which is not the timeframe");
  });

  test("refuses a tail that stands still", () => {
    const rows = Array.from({ length: 30 }, (_, at) => (at < 19 ? [at * minuteMs, 1, 2, 1, 2, 1] : [at * minuteMs, 3, 3, 3, 3, 0]));
    expect(judge(rows).health.refused).toEqual(["the last 11 bars repeat one price, and at most 10 may"]);
    expect(judge(rows, { frozenMax: 11 }).health.passed).toBe(true);
  });

  test("sessions: weekends and two weekdays are no gap, three are", () => {
    const monday = Date.UTC(2024, 0, 1);
    const days = (...at: number[]): number[][] => at.map((day) => [monday + day * dayMs, 1, 2, 1, 2 - day / 1000, 1]);
    const daily = { timeframeMs: dayMs, calendar: "sessions" as const };
    expect(judge(days(0, 1, 2, 3, 4, 7, 8), daily).health.missing).toBe(0);
    expect(judge(days(0, 1, 2, 7, 8, 9), daily).health.missing).toBe(0);
    expect(judge(days(0, 1, 7, 8, 9, 10), daily).health).toMatchObject({
      missing: 3,
      gaps: [{ after: "2024-01-02T00:00:00Z", before: "2024-01-08T00:00:00Z", bars: 3 }],
    });
    expect(judge(days(0, 1, 2, 3, 4, 7, 8), { ...daily, calendar: "always" }).health.missing).toBe(2);
  });

  test("sessions: within a day every bar counts, nights do not", () => {
    const at = (day: number, minute: number): number[] => [Date.UTC(2024, 0, 1 + day, 14, 30) + minute * minuteMs, 1, 2, 1, 2 - minute / 1000, 1];
    const rows = [at(0, 0), at(0, 1), at(0, 2), at(0, 5), at(1, 0), at(1, 1), at(1, 2)];
    expect(judge(rows, { calendar: "sessions" }).health.missing).toBe(2);
  });
});

function isoMinute(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
