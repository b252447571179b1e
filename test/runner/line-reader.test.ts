import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FlowLimit } from "../../src/runner/flow-limit.ts";
import { LineReader } from "../../src/runner/line-reader.ts";

test("lines come out the same whatever the pieces, and none longer than allowed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary", maxLength: 30 })),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 60 }),
      (texts, cuts, bytesMax) => {
        const lines = texts.map((text) => text.replaceAll("\n", ""));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
        const reader = new LineReader(bytesMax);
        const read = ends.flatMap((end, index) => reader.push(bytes.subarray(ends[index - 1] ?? 0, end)));
        const long = lines.findIndex((line) => Buffer.byteLength(line) > bytesMax);
        expect(read).toEqual(lines.slice(0, long < 0 ? lines.length : long));
        expect(reader.tooLong).toBe(long >= 0);
      },
    ),
  );
});

test("a line without an end is not kept beyond its limit", () => {
  const reader = new LineReader(10);
  expect(reader.push(Buffer.from("abc"))).toEqual([]);
  expect(reader.push(Buffer.from("x".repeat(1000)))).toEqual([]);
  expect(reader.tooLong).toBe(true);
  expect(reader.push(Buffer.from("\nmore\n"))).toEqual([]);
});

test("a flow may burst, and after that so much a second", () => {
  const flow = new FlowLimit();
  const mebibyte = 1024 * 1024;
  expect(flow.take(64 * mebibyte, 0)).toBe(true);
  expect(flow.take(1, 0)).toBe(false);
  expect(flow.take(8 * mebibyte, 1000)).toBe(true);
  expect(flow.take(8 * mebibyte, 1001)).toBe(false);
  expect(flow.take(65 * mebibyte, 1e9)).toBe(false);
});
