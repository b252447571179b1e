import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTime } from "../../src/market/read-time.ts";
import { openZone } from "../../src/market/zone.ts";

const noon = Date.UTC(2020, 0, 31, 12);

describe("a time as files write it", () => {
  test.each([
    ["2020-01-31", "date", Date.UTC(2020, 0, 31)],
    ["2020/01/31", "date", Date.UTC(2020, 0, 31)],
    ["20200131", "date", Date.UTC(2020, 0, 31)],
    ["2020-01-31 12:00", "wall clock", noon],
    ["2020-01-31T12:00:00.250", "wall clock", noon + 250],
    ["2020-01-31T12:00:00Z", "UTC offset", noon],
    ["2020-01-31 12:00:00 UTC", "UTC offset", noon],
    ["2020-01-31T14:00:00+02:00", "UTC offset", noon],
    ["2020-01-31T06:30:00-0530", "UTC offset", noon],
    ["1580472000", "epoch seconds", noon],
    ["1580472000.5", "epoch seconds", noon + 500],
    ["1580472000000", "epoch ms", noon],
    ["1580472000000000", "epoch µs", noon],
    ["1580472000000000000", "epoch ns", noon],
    [" 2020-01-31 ", "date", Date.UTC(2020, 0, 31)],
  ])("%s is %s", (text, kind, ms) => {
    expect(readTime(text)).toMatchObject({ kind, ms });
  });

  test.each([
    "",
    "31.01.2020",
    "01/31/2020",
    "2020-02-30",
    "2020-01-31 24:00",
    "2020-01-31 12:60",
    "1.58e9",
    "12",
    "-1580472000",
    "2020-01-31 1:00 PM",
    "=NOW()",
  ])("%j is not guessed", (text) => {
    expect(readTime(text)).toBeUndefined();
  });
});

describe("a zone", () => {
  const berlin = openZone("Europe/Berlin");

  test("times that clocks skip have no moment, times they show twice have two", () => {
    expect(berlin.moments(Date.UTC(2024, 2, 31, 2, 30))).toEqual([]);
    expect(berlin.moments(Date.UTC(2024, 9, 27, 2, 30))).toEqual([Date.UTC(2024, 9, 27, 0, 30), Date.UTC(2024, 9, 27, 1, 30)]);
    expect(berlin.moments(Date.UTC(2024, 6, 1, 12))).toEqual([Date.UTC(2024, 6, 1, 10)]);
  });

  test.each(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])("%s: a moment's wall clock leads back to it", (name) => {
    const zone = openZone(name);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2035, 0) }), (ms) => {
        expect(zone.moments(zone.wall(ms))).toContain(ms);
      }),
      { numRuns: 300 },
    );
  });

  test("one that there is not is refused", () => {
    expect(() => openZone("Europe/Atlantis")).toThrow(expect.objectContaining({ code: "market/unknown-zone", exit: "usage" }));
  });
});
