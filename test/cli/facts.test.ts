import { expect, test } from "vitest";
import { facts } from "../../src/cli/facts.ts";

test("scalars stand beside their names, objects below theirs, lists of objects as tables", () => {
  const value = {
    bars: 5105,
    from: "2000-01-03",
    cagr: 0.034124133779111165,
    recovery: null,
    tags: ["a", "b"],
    worst: { date: "2020-03-16", return: -0.1198 },
    years: [
      { year: 2000, return: -0.09 },
      { year: 2001, note: "x".repeat(100) },
    ],
    empty: {},
  };
  expect(facts(value)).toEqual([
    "bars      5105",
    "from      2000-01-03",
    "cagr      0.0341241",
    "recovery  -",
    "tags      a, b",
    "worst",
    "  date    2020-03-16",
    "  return  -0.1198",
    "years",
    "  year  return  note",
    "  2000  -0.09",
    `  2001          ${"x".repeat(63)}…`,
    "empty     {}",
  ]);
});

test("what is no object is a line of its own", () => {
  expect(facts("hello")).toEqual(["hello"]);
  expect(facts(["a", 1, null])).toEqual(["a, 1, -"]);
  expect(facts(undefined)).toEqual(["-"]);
});
