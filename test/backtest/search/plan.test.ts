import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planOf, searchKinds, waveTrials, type Plan, type Search } from "../../../src/backtest/search/plan.ts";
import { searchSpace } from "../../../src/backtest/search/space.ts";
import { walkForwardWindows } from "../../../src/backtest/search/windows.ts";

const space = searchSpace({ period: { type: "integer", default: 10, min: 1, max: 30 } }, {}, () => true);
const search: Search = { kind: "grid", variants: 100, walkForward: 0, seed: 1 };

/** All trials of a plan when a trial's score is that of its variant. */
function play(plan: Plan, score: (variant: number) => number | null): { trial: number; variant: number; window: string }[] {
  const scores = new Map<number, number | null>();
  const played: { trial: number; variant: number; window: string }[] = [];
  for (let wave = 0; wave < plan.waves; wave += 1) {
    const trials = waveTrials(plan, wave, scores);
    for (const { trial, variant, stage } of trials) {
      scores.set(trial, score(variant));
      played.push({ trial, variant, window: plan.stages[stage]?.window ?? "" });
    }
  }
  return played;
}

describe("walkForwardWindows", () => {
  it("never lets a training window see a test, nor tests one another, and ends with the range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 400, max: 20_000 }), fc.integer({ min: 1, max: 12 }), (from, length, count) => {
        const windows = walkForwardWindows({ from, to: from + length }, count);
        expect(windows).toHaveLength(count);
        expect(windows.at(-1)?.test.to).toBe(from + length);
        for (const [number, { train, test }] of windows.entries()) {
          expect(train.to).toBe(test.from);
          expect(train.from).toBeGreaterThanOrEqual(from);
          expect(train.to - train.from).toBe(3 * (test.to - test.from));
          expect(test.from).toBe(windows[number - 1]?.test.to ?? test.from);
        }
      }),
    );
  });

  it("refuses windows that hold too little, with the numbers", () => {
    expect(() => walkForwardWindows({ from: 0, to: 100 }, 4)).toThrow("100 bars make 4 walk-forward windows of 14 test bars");
  });
});

describe("planOf", () => {
  it("numbers every trial once, for every kind of search", () => {
    for (const kind of searchKinds) {
      const plan = planOf(space, { ...search, kind, walkForward: 3 }, { from: 0, to: 3000 });
      const numbers = play(plan, (variant) => (variant * 7) % 30).map(({ trial }) => trial);
      expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: plan.trials }, (_, trial) => trial));
    }
  });

  it("takes the best of each training window to its test, and to no other", () => {
    const plan = planOf(space, { ...search, walkForward: 2 }, { from: 0, to: 1000 });
    expect(plan.trials).toBe(30 * 3 + 2);
    const tests = play(plan, (variant) => -Math.abs(variant - 12)).filter(({ window }) => window.startsWith("test"));
    expect(tests).toEqual([
      { trial: 60, variant: 12, window: "test 1/2" },
      { trial: 91, variant: 12, window: "test 2/2" },
    ]);
  });

  it("tests nothing when training gave nothing to choose", () => {
    const plan = planOf(space, { ...search, walkForward: 2 }, { from: 0, to: 1000 });
    expect(play(plan, () => null).filter(({ window }) => window.startsWith("test"))).toEqual([]);
  });

  it("halves on growing windows that begin at the same bar", () => {
    const plan = planOf(space, { ...search, kind: "halving" }, { from: 100, to: 1000 });
    expect(plan.stages.map(({ window, range, size }) => [window, range.from, range.to, size])).toEqual([
      ["all round 1/3", 100, 200, 30],
      ["all round 2/3", 100, 400, 10],
      ["all", 100, 1000, 4],
    ]);
    const last = play(plan, (variant) => variant).filter(({ window }) => window === "all");
    expect(last.map(({ variant }) => variant)).toEqual([26, 27, 28, 29]);
  });
});
