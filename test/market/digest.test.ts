import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { barsDigest } from "../../src/market/digest.ts";
import { barColumns, barsOf } from "../../src/strategy/bars.ts";
import { barsFrom, healthyBars, rowsOf } from "../support/market-bars.ts";

test("is SHA-256 over the columns as little-endian doubles", () => {
  const bars = barsFrom([
    [0, 1, 2, 0.5, 1.5, 10],
    [60_000, 1.5, 2, 1, 2, Number.NaN],
  ]);
  const bytes = Buffer.alloc(12 * 8);
  [0, 60_000, 1, 1.5, 2, 2, 0.5, 1, 1.5, 2, 10, Number.NaN].forEach((value, at) => bytes.writeDoubleLE(value, at * 8));
  expect(barsDigest(bars)).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("every value counts, and so does the order", () => {
  fc.assert(
    fc.property(healthyBars(), fc.nat(), fc.nat({ max: 5 }), (bars, place, column) => {
      const before = barsDigest(bars);
      const rows = rowsOf(bars);
      const at = place % rows.length;
      const value = rows[at]![column]!;
      rows[at]![column] = Number.isNaN(value) ? 0 : value === 0 ? 1 : -value;
      expect(barsDigest(barsFrom(rows))).not.toBe(before);
      rows[at]![column] = value;
      expect(barsDigest(barsFrom(rows))).toBe(before);
      const next = (at + 1) % rows.length;
      expect(barsDigest(barsFrom(rows.with(at, rows[next]!).with(next, rows[at]!)))).not.toBe(before);
    }),
  );
});

test("knows one NaN, and memory that threads share", () => {
  const other = new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer);
  const bars = barsFrom([[0, 1, 1, 1, 1, Number.NaN]]);
  expect(barsDigest({ ...bars, volume: other })).toBe(barsDigest(bars));
  const shared = barsOf(1, (name) => {
    const column = new Float64Array(new SharedArrayBuffer(8));
    column.set(bars[name]);
    return column;
  });
  expect(barsDigest(shared)).toBe(barsDigest(bars));
  expect(barColumns).toHaveLength(6);
});
