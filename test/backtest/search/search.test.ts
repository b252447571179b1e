import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridVariants } from "../../../src/backtest/search/grid.ts";
import { halvingRounds, promoted } from "../../../src/backtest/search/halving.ts";
import { neighbourMedians } from "../../../src/backtest/search/neighbours.ts";
import { randomVariants } from "../../../src/backtest/search/random.ts";
import { gridSize, searchSpace, variantKey } from "../../../src/backtest/search/space.ts";
import type { ParameterValues } from "../../../src/strategy/bar-strategy.ts";
import type { Parameter } from "../../../src/strategy/strategy.ts";

const averages: Record<string, Parameter> = {
  fast: { type: "integer", default: 10, min: 2, max: 6 },
  slow: { type: "integer", default: 30, min: 4, max: 12, step: 4 },
};
const fastBelowSlow = (parameters: ParameterValues): boolean => Number(parameters["fast"]) < Number(parameters["slow"]);
const space = searchSpace(averages, {}, fastBelowSlow);

describe("searchSpace", () => {
  it("counts steps instead of adding them up", () => {
    const [axis] = searchSpace({ stop: { type: "number", default: 0.1, min: 0.1, max: 0.3, step: 0.1 } }, {}, () => true).axes;
    expect(axis).toEqual({ name: "stop", values: [0.1, 0.2, 0.3] });
  });

  it("does not search what is given, nor a number without bounds", () => {
    const given = searchSpace({ ...averages, share: { type: "number", default: 0.5 } }, { slow: 8 }, () => true);
    expect(given.axes.map(({ name }) => name)).toEqual(["fast"]);
    expect(given.fixed).toEqual({ slow: 8, share: 0.5 });
  });

  it("attack: a parameter named like something every object has is searched like any other", () => {
    const odd: [string, Parameter][] = [
      ["constructor", { type: "integer", default: 5, min: 5, max: 6 }],
      ["toString", { type: "number", default: 1 }],
    ];
    const { axes, fixed } = searchSpace(Object.fromEntries(odd), {}, () => true);
    expect(axes).toEqual([{ name: "constructor", values: [5, 6] }]);
    expect(fixed).toEqual({ toString: 1 });
  });

  it("attack: huge ranges in many parameters are counted, not listed, and drawn from over their whole length", () => {
    const wide: Parameter = { type: "integer", default: 5, min: 0, max: 999_999_999 };
    const huge = searchSpace(Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`p${at}`, wide])), {}, () => true);
    expect(gridSize({ ...huge, axes: huge.axes.slice(0, 2) })).toBe(1e18);
    expect(() => gridVariants(huge, 10)).toThrow("the grid has Infinity combinations");
    const drawn = randomVariants(huge, 50, 1).flatMap((variant) => Object.values(variant).map(Number));
    expect(drawn.every((value) => Number.isInteger(value) && value >= 0 && value <= 999_999_999)).toBe(true);
    expect(Math.max(...drawn)).toBeGreaterThan(990_000_000);
  });
});

describe("grid", () => {
  it("has every combination that meets the constraints, once, the first parameter slowest", () => {
    const pairs = gridVariants(space, 100).map(({ fast, slow }) => [fast, slow]);
    expect(pairs).toEqual([
      [2, 4],
      [2, 8],
      [2, 12],
      [3, 4],
      [3, 8],
      [3, 12],
      [4, 8],
      [4, 12],
      [5, 8],
      [5, 12],
      [6, 8],
      [6, 12],
    ]);
  });

  it("is refused when it is larger than allowed, with the number it has", () => {
    expect(() => gridVariants(space, 11)).toThrow("12 variants");
  });

  it("is refused for a number without a step, by its name", () => {
    const ranged = searchSpace({ share: { type: "number", default: 1, min: 0, max: 1 } }, {}, () => true);
    expect(gridSize(ranged)).toBe(Number.POSITIVE_INFINITY);
    expect(() => gridVariants(ranged, 10)).toThrow("parameter share has no step");
  });
});

describe("random", () => {
  it("draws none twice, all admitted, and ends with the grid", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer(), (count, seed) => {
        const variants = randomVariants(space, count, seed);
        expect(variants).toHaveLength(Math.min(count, 12));
        expect(new Set(variants.map(variantKey)).size).toBe(variants.length);
        expect(variants.every(fastBelowSlow)).toBe(true);
      }),
    );
  });

  it("gives the same for the same seed, others for another, and more of the same for a larger count", () => {
    const keys = (count: number, seed: number): string[] => randomVariants(space, count, seed).map(variantKey);
    expect(keys(5, 1)).toEqual(keys(5, 1));
    expect(keys(5, 1)).not.toEqual(keys(5, 2));
    expect(keys(8, 1).slice(0, 5)).toEqual(keys(5, 1));
  });

  it("draws from ranges without a step", () => {
    const ranged = searchSpace({ share: { type: "number", default: 1, min: 0.25, max: 0.75 } }, {}, () => true);
    const shares = randomVariants(ranged, 50, 3).map(({ share }) => Number(share));
    expect(new Set(shares).size).toBe(50);
    expect(shares.every((share) => share >= 0.25 && share < 0.75)).toBe(true);
  });
});

describe("halving", () => {
  it("gives fewer variants more data, and the last ones all of it", () => {
    expect(halvingRounds(81)).toEqual([
      { variants: 81, share: 1 / 9 },
      { variants: 27, share: 1 / 3 },
      { variants: 9, share: 1 },
    ]);
    expect(halvingRounds(4)).toEqual([
      { variants: 4, share: 1 / 3 },
      { variants: 2, share: 1 },
    ]);
    expect(halvingRounds(1)).toEqual([{ variants: 1, share: 1 }]);
  });

  it("costs less than half of trying all on all, for any number that has three rounds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 100_000 }), (variants) => {
        const rounds = halvingRounds(variants);
        const cost = rounds.reduce((sum, round) => sum + round.variants * round.share, 0);
        expect(rounds.at(-1)?.share).toBe(1);
        expect(cost).toBeLessThan(variants / 3 + 2);
      }),
    );
  });

  it("promotes the best, of equal ones the earlier, null last", () => {
    expect(promoted([1, null, 3, 2, 3], 2)).toEqual([2, 4]);
    expect(promoted([1, 1, 1], 2)).toEqual([0, 1]);
    expect(promoted([null, -5, null], 2)).toEqual([0, 1]);
  });
});

describe("neighbourMedians", () => {
  const line = [1, 2, 3, 4, 5].map((fast) => ({ fast }));

  it("sees through a peak that stands alone", () => {
    expect(neighbourMedians(line, [0, 0.5, 9, 0.4, 0])).toEqual([0.25, 0.5, 0.5, 0.4, 0.2]);
  });

  it("is null where too little is known", () => {
    expect(neighbourMedians(line, [null, null, 9, 0.4, 0])).toEqual([null, null, 4.7, 0.4, 0.2]);
    expect(neighbourMedians([{ fast: 1 }], [2])).toEqual([null]);
  });

  it("takes every other choice for a neighbour, and numbers one step away", () => {
    const variants = [1, 2, 3].flatMap((fast) => ["a", "b"].map((kind) => ({ fast, kind })));
    expect(neighbourMedians(variants, [1, 2, 3, 4, 5, 6])[2]).toBe(3.5);
  });
});
