import fc from "fast-check";
import { expect, test } from "vitest";
import { seeded } from "../../../src/base/seeded.ts";
import { overfitting } from "../../../src/backtest/statistics/overfitting.ts";

function columns(variants: number, bars: number, value: (variant: number, bar: number) => number): Float64Array[] {
  return Array.from({ length: variants }, (_, variant) => Float64Array.from({ length: bars }, (__, bar) => value(variant, bar)));
}

function noiseOf(seed: number, variants: number, bars: number): Float64Array[] {
  const chance = seeded(seed);
  return columns(variants, bars, () => chance() - 0.5);
}

// Computed with numpy and itertools.combinations over the same columns.
test("five waves in eight blocks, computed independently", () => {
  const waves = columns(5, 64, (v, i) => 0.01 * Math.sin((v + 1) * (i + 1) * 0.37) + 0.002 * Math.cos((v + 2) * (i + 1) ** 1.5) + v * 0.0002);
  expect(overfitting(waves, { blocks: 8 })).toEqual({ probability: 61 / 70, splits: 70, variants: 5 });
});

test("sixteen blocks make 12,870 splits, and an edge is found in each", () => {
  const noise = noiseOf(7, 20, 640);
  const withEdge = noise.map((column, variant) => (variant === 3 ? column.map((value) => value + 0.2) : column));
  expect(overfitting(withEdge)).toEqual({ probability: 0, splits: 12_870, variants: 20 });
});

test("over many samples, choosing among noise is a coin toss", () => {
  const found = Array.from({ length: 40 }, (_, seed) => overfitting(noiseOf(seed, 10, 80), { blocks: 8 })?.probability ?? Number.NaN);
  const mean = found.reduce((a, b) => a + b, 0) / found.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.06);
});

test("equals are in the lower half, so that choosing among the same proves nothing", () => {
  const same = columns(4, 64, (_, bar) => Math.sin(bar));
  expect(overfitting(same, { blocks: 8 })?.probability).toBe(1);
  expect(
    overfitting(
      columns(3, 64, () => 0),
      { blocks: 8 },
    )?.probability,
  ).toBe(1);
});

test("a plateau of one edge is no overfitting: the best of the past loses nothing by being no better than its neighbours", () => {
  const chance = seeded(3);
  const market = Float64Array.from({ length: 640 }, () => chance() - 0.5);
  // All variants come to the same in the end, so what one has more of in one half it has less of in the other.
  const own = noiseOf(4, 12, 640).map((column) => column.map((value) => value - column.reduce((x, y) => x + y, 0) / 640));
  const plateau = columns(12, 640, (variant, bar) => market[bar]! + 0.25 + 0.1 * own[variant]![bar]!);
  expect(overfitting(plateau)!.probability).toBeGreaterThan(0.6);
  expect(overfitting(plateau, { tolerance: 0.2 })!.probability).toBe(0);
});

test("among noise the tolerance changes little", () => {
  const found = Array.from({ length: 40 }, (_, seed) => overfitting(noiseOf(seed, 10, 80), { blocks: 8, tolerance: 0.2 })!.probability);
  expect(found.reduce((a, b) => a + b, 0) / found.length).toBeGreaterThan(0.45);
});

test("too little to be asked", () => {
  expect(
    overfitting(
      columns(1, 64, (_, bar) => Math.sin(bar)),
      { blocks: 8 },
    ),
  ).toBeUndefined();
  expect(overfitting(columns(3, 31, (_, bar) => Math.sin(bar)))).toBeUndefined();
  expect(overfitting([])).toBeUndefined();
});

test("is a share, and the order of the variants does not matter", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 0, max: 1e6 }), (variants, seed) => {
      const noise = noiseOf(seed, variants, 40);
      const probability = overfitting(noise, { blocks: 4 })?.probability ?? Number.NaN;
      expect(probability >= 0 && probability <= 1).toBe(true);
      expect(overfitting(noise.toReversed(), { blocks: 4 })?.probability).toBe(probability);
    }),
    { numRuns: 50 },
  );
});
