import { expect, it } from "vitest";
import { readColumns } from "../../src/strategy/read-columns.ts";

const doubles = (...values: number[]): Uint8Array => new Uint8Array(new Float64Array(values).buffer);
const bytes = (...parts: (Uint8Array | number[])[]): Uint8Array => Buffer.concat(parts.map((part) => Uint8Array.from(part)));
const problem = (columns: unknown, data: Uint8Array, warmup: unknown = 0): string => {
  const read = readColumns({ warmup, columns }, data, 3);
  return "problem" in read ? read.problem : "none";
};

it("reads flags and numbers in the order that is named; what is not there is empty", () => {
  const data = bytes([0, 1, 0], doubles(NaN, 1.5, 2), [1, 0, 0], [9]);
  const read = readColumns({ warmup: 2, columns: ["enterLong", "stopLoss", "exitShort"] }, data, 3);
  expect(read).toEqual({
    bytes: 30,
    columns: {
      enterLong: new Uint8Array([0, 1, 0]),
      exitLong: new Uint8Array(3),
      enterShort: new Uint8Array(3),
      exitShort: new Uint8Array([1, 0, 0]),
      stopLoss: new Float64Array([NaN, 1.5, 2]),
      warmup: 2,
    },
  });
});

it("a weight may be below zero and may be NaN", () => {
  expect(readColumns({ warmup: 0, columns: ["weight"] }, doubles(-0.5, NaN, 0), 3)).toMatchObject({ columns: { weight: new Float64Array([-0.5, NaN, 0]) } });
});

it.each([
  ["a warm-up below zero", problem([], bytes(), -1), "warmup is -1, not a count of bars"],
  ["a warm-up that is text", problem([], bytes(), "1"), "warmup is 1, not a count of bars"],
  ["no list", problem("enterLong", bytes()), "the names of its columns are no list"],
  ["too many", problem(Array(11).fill("limit"), bytes()), "the names of its columns are no list"],
  ["an unknown column", problem(["enter_long"], bytes([0, 0, 0])), 'it has the unknown column "enter_long"'],
  ["a key of every object", problem(["constructor"], bytes([0, 0, 0])), 'it has the unknown column "constructor"'],
  ["a column twice", problem(["exitLong", "exitLong"], bytes([0, 0, 0], [0, 0, 0])), "exitLong is there twice"],
  ["too few bytes", problem(["weight"], bytes([0, 0, 0])), "weight is cut off: it needs 24 bytes, 3 are left"],
  ["a flag of 2", problem(["enterShort"], bytes([0, 1, 2])), "enterShort is 2 in row 2; 0 and 1 are allowed"],
  ["an infinite weight", problem(["weight"], doubles(0, Infinity, 0)), "weight is Infinity in row 1; a finite share or NaN is allowed"],
  ["a price below zero", problem(["limit"], doubles(1, 1, -1)), "limit is -1 in row 2; a price above 0 or NaN is allowed"],
  ["an infinite price", problem(["stop"], doubles(Infinity, 1, 1)), "stop is Infinity in row 0; a price above 0 or NaN is allowed"],
  ["limit and stop", problem(["limit", "stop"], doubles(1, 1, 1, 1, 1, 1)), "limit and stop are both there; entries have at most one of them"],
])("%s is a problem", (_, found, expected) => {
  expect(found).toBe(expected);
});
