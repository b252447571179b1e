import { expect, test } from "vitest";
import { healthLines, seenLines } from "../../src/cli/data-lines.ts";
import { mendLines } from "../../src/cli/data-mends.ts";
import type { Health } from "../../src/market/judge-bars.ts";
import type { FileSeen } from "../../src/operations/import-data.ts";

const well: Health = {
  passed: false,
  refused: [],
  rows: 200,
  bad: 0,
  leftOut: 0,
  counts: {},
  problems: [],
  missing: 0,
  missingShare: 0,
  gaps: [],
  frozen: 0,
  spacing: null,
};
const seen: FileSeen = {
  format: "csv",
  mapping: { time: "Date", open: "Open", high: "High", low: "Low", close: "Close" },
  times: "date",
  timezone: "UTC",
  calendar: "always",
  outside: 0,
  forming: 0,
  resolved: 0,
};

function mends(health: Partial<Health>): string[] {
  return mendLines({ health: { ...well, ...health }, seen }).map((line) => line.replace(/^next {7}/, ""));
}

function time(found: string): string {
  return mends({ counts: { time: 1 }, problems: [{ row: 2, time: null, kind: "time", found }] })[0] ?? "";
}

test("a time that cannot be read proposes the formats that it may have", () => {
  expect(time('"01/13/2020"')).toContain("--time-format '%m/%d/%Y' or '%d/%m/%Y' reads");
  expect(time('"13.01.2020"')).toContain("--time-format '%d.%m.%Y' reads");
  expect(time('"13.01.2020 14:30:00"')).toContain("--time-format '%d.%m.%Y %H:%M:%S' reads");
  expect(time('"yesterday"')).toContain("--time-format '%d.%m.%Y %H:%M' reads");
});

test("commas in numbers are decimals or thousands", () => {
  const number = (found: string): string[] => mends({ counts: { number: 1 }, bad: 1, problems: [{ row: 2, time: null, kind: "number", found }] });
  expect(number('close is "101,29"')).toEqual(["--decimal , reads a decimal comma"]);
  expect(number('close is "1,101.29"')).toEqual(["write numbers without a sign between thousands: 1234.50"]);
});

test("what can only be borne with says its flag, and what is read in the wrong way does not", () => {
  const gaps = { missing: 40, missingShare: 0.2001, refused: ["missing bars: 40, …"] };
  expect(mends(gaps)).toEqual([
    "--calendar sessions, where the market closes for nights, weekends and holidays",
    "--gaps-max 0.201, if that many may be missing",
  ]);
  expect(mends({ ...gaps, spacing: "1d" })).toEqual(["--timeframe 1d, if that is what the bars are"]);
  expect(mends({ bad: 1, counts: { duplicate: 1 } })).toEqual(["--bad-max 1 leaves out 1 bad row"]);
  expect(mends({ bad: 150, rows: 50, counts: { price: 150 } })).toEqual([]);
});

test("what was not understood is said so, and nearly all bars missing are not all", () => {
  expect(seenLines({ ...seen, times: null })[0]).toContain("times not understood  calendar always");
  expect(healthLines({ ...well, missing: 249, missingShare: 0.9996, gaps: [{ after: "a", before: "b", bars: 3 }] })).toEqual([
    "missing    249 bars (99.96 %), most after a: 3",
  ]);
});
