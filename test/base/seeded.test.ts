import { describe, expect, it } from "vitest";
import { seeded } from "../../src/base/seeded.ts";

const take = (seed: number, count: number): number[] => {
  const next = seeded(seed);
  return Array.from({ length: count }, next);
};

describe("seeded", () => {
  it("gives these numbers for ever: they decide which trials an experiment has", () => {
    expect(take(0, 3)).toEqual([0.7683905567973852, 0.4060459891334176, 0.04831683845259249]);
    expect(take(7, 3)).toEqual(take(7, 3));
  });

  it("tells seeds apart, above 32 bits and below 0 too", () => {
    const firsts = [0, 1, 2, 2 ** 32, 2 ** 40, -1].map((seed) => take(seed, 1)[0]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("is uniform in [0, 1)", () => {
    const bins = Array.from({ length: 10 }, () => 0);
    for (const value of take(7, 100_000)) {
      expect(value >= 0 && value < 1).toBe(true);
      const bin = Math.floor(value * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    // χ² with 9 degrees of freedom: 27.9 is its 99.9 % point.
    const chi = bins.reduce((sum, found) => sum + (found - 10_000) ** 2 / 10_000, 0);
    expect(chi).toBeLessThan(27.9);
  });
});
