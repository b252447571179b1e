import fc from "fast-check";
import { expect, test } from "vitest";
import { openVectorTable } from "../../src/trace/vector-table.ts";

const unit = (numbers: readonly number[]): number[] => {
  const length = Math.hypot(...numbers);
  return numbers.map((each) => each / length);
};

test("the nearest are those that arithmetic says, each owner once", async () => {
  const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }).filter((numbers) => Math.hypot(...numbers) > 0.1);
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { minLength: 1, maxLength: 12 }), vector, async (rows, query) => {
      const units = rows.map(unit);
      const owners = Int32Array.from(rows, (_, at) => Math.floor(at / 2));
      const table = await openVectorTable(3, owners, Float32Array.from(units.flat()));
      const asked = unit(query);
      const best = new Map<number, number>();
      units.forEach((each, at) => {
        const cosine = each.reduce((sum, x, index) => sum + x * (asked[index] ?? 0), 0);
        const owner = owners[at] ?? -1;
        best.set(owner, Math.max(cosine, best.get(owner) ?? -2));
      });
      const near = await table.nearest(Float32Array.from(asked), 20);
      table.close();
      expect(near).toHaveLength(best.size);
      for (const { owner, cosine } of near) expect(cosine).toBeCloseTo(best.get(owner) ?? Number.NaN, 5);
      expect(near.map(({ cosine }) => cosine)).toEqual(near.map(({ cosine }) => cosine).toSorted((a, b) => b - a));
    }),
    { numRuns: 8 },
  );
});

test("more rows than a chunk of DuckDB keep their owners", async () => {
  const rows = 5_000;
  const vectors = Float32Array.from({ length: rows * 2 }, (_, at) => (at % 2 === 0 ? Math.cos(at / rows) : Math.sin((at - 1) / rows)));
  const table = await openVectorTable(
    2,
    Int32Array.from({ length: rows }, (_, at) => at),
    vectors,
  );
  for (const at of [0, 2047, 2048, 4_999]) expect((await table.nearest(vectors.slice(at * 2, at * 2 + 2), 3)).map(({ owner }) => owner)).toContain(at);
  await expect(table.nearest(Float32Array.from([1, 2, 3]), 1)).rejects.toMatchObject({ code: "trace/bad-vector" });
  await expect(table.nearest(Float32Array.from([Number.NaN, 1]), 1)).rejects.toMatchObject({ code: "trace/bad-vector" });
  table.close();
});
