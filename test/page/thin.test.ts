import fc from "fast-check";
import { expect, test } from "vitest";
import { thin } from "../../src/page/thin.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

test("a thinned curve keeps its first, last, lowest and highest value, in order, within its size", () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 400 }), fc.integer({ min: 1, max: 40 }), (values, buckets) => {
      const rows = thin(values, buckets);
      expect(rows).toEqual([...new Set(rows)].toSorted((a, b) => a - b));
      expect(rows.length).toBeLessThanOrEqual(buckets * 4);
      expect([rows[0], rows.at(-1)]).toEqual([0, values.length - 1]);
      const kept = rows.map((row) => values[row] ?? 0);
      expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...values), Math.max(...values)]);
    }),
  );
});

test("what is not known is not drawn", () => {
  expect(thin([Number.NaN, 1, Number.NaN, 2], 10)).toEqual([1, 3]);
  expect(thin(new Float64Array(1000).fill(Number.NaN), 2)).toEqual([]);
  expect(thin([], 3)).toEqual([]);
});
