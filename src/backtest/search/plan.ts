import { AgentctlError } from "../../base/errors.ts";
import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import { gridVariants } from "./grid.ts";
import { halvingRounds, promoted } from "./halving.ts";
import { randomVariants } from "./random.ts";
import type { SearchSpace } from "./space.ts";
import { walkForwardWindows, type Range } from "./windows.ts";

export const searchKinds = ["grid", "random", "halving"] as const;
export type SearchKind = (typeof searchKinds)[number];

export interface Search {
  kind: SearchKind;
  /** Variants at most. */
  variants: number;
  /** Walk-forward windows; 0 for none. */
  walkForward: number;
  seed: number;
}

/** Trials of one window in one round. */
export interface Stage {
  /** e.g. all, train 2/4, test 2/4; of a round that does not see the whole window: all round 1/3 */
  window: string;
  /** What the window is of: all bars, or a walk-forward window from 0. */
  of: "all" | { part: "train" | "test"; number: number };
  range: Range;
  /** Stages of a wave depend on those of earlier waves only. */
  wave: number;
  /** Number of its first trial. */
  first: number;
  /** Trials. */
  size: number;
  /** Place of the stage whose best are its variants; all variants when undefined. */
  after: number | undefined;
}

/** Which trials there are: a function of space, search and bars, and of the scores of the trials before. */
export interface Plan {
  variants: readonly ParameterValues[];
  stages: readonly Stage[];
  waves: number;
  trials: number;
}

export interface PlannedTrial {
  /** Stable number within the experiment. */
  trial: number;
  /** Place in the plan's variants. */
  variant: number;
  /** Place in the plan's stages. */
  stage: number;
}

/**
 * Plans an experiment over the bars of `range`: the search over all of them, then the same search in the training window of each walk-forward window, whose
 * best is tried once on its test window.
 * Errors: experiment/no-variants, and those of grid and windows.
 */
export function planOf(space: SearchSpace, search: Search, range: Range): Plan {
  const variants = search.kind === "grid" ? gridVariants(space, search.variants) : randomVariants(space, search.variants, search.seed);
  if (variants.length === 0) {
    throw new AgentctlError("experiment/no-variants", "no combination of parameters meets the constraints", {
      hint: "agentctl strategy check shows parameters and constraints",
      exit: "usage",
    });
  }
  const stages: Stage[] = [];
  const add = (stage: Omit<Stage, "first">): number => {
    const before = stages.at(-1);
    return stages.push({ ...stage, first: before === undefined ? 0 : before.first + before.size }) - 1;
  };
  const rounds = search.kind === "halving" ? halvingRounds(variants.length) : [{ variants: variants.length, share: 1 }];
  const searchIn = (name: string, of: Stage["of"], whole: Range): number => {
    let after: number | undefined;
    for (const [wave, { variants: size, share }] of rounds.entries()) {
      const window = wave === rounds.length - 1 ? name : `${name} round ${wave + 1}/${rounds.length}`;
      const to = whole.from + Math.round((whole.to - whole.from) * share);
      after = add({ window, of, range: { from: whole.from, to }, wave, size, after });
    }
    return stages.length - 1;
  };
  searchIn("all", "all", range);
  const windows = search.walkForward === 0 ? [] : walkForwardWindows(range, search.walkForward);
  for (const [number, { train, test }] of windows.entries()) {
    const after = searchIn(`train ${number + 1}/${windows.length}`, { part: "train", number }, train);
    add({ window: `test ${number + 1}/${windows.length}`, of: { part: "test", number }, range: test, wave: rounds.length, size: 1, after });
  }
  const waves = Math.max(...stages.map(({ wave }) => wave)) + 1;
  return { variants, stages, waves, trials: stages.reduce((sum, { size }) => sum + size, 0) };
}

/**
 * The trials of a wave, when all scores of the waves before are there. Sorted by variant, so that what windows share of a variant is computed once. A test
 * window whose training gave no score has no trial: nothing was chosen.
 */
export function waveTrials(plan: Plan, wave: number, scores: ReadonlyMap<number, number | null>): PlannedTrial[] {
  return plan.stages
    .flatMap((stage, place) => (stage.wave === wave ? stageTrials(plan, place, scores) : []))
    .toSorted((a, b) => a.variant - b.variant || a.trial - b.trial);
}

/** The trials of one stage, by their numbers. */
export function stageTrials(plan: Plan, place: number, scores: ReadonlyMap<number, number | null>): PlannedTrial[] {
  const stage = plan.stages[place] as Stage;
  const variants = stage.after === undefined ? plan.variants.keys().toArray() : chosen(plan, stage.after, stage, scores);
  return variants.map((variant, index) => ({ trial: stage.first + index, variant, stage: place }));
}

function chosen(plan: Plan, before: number, stage: Stage, scores: ReadonlyMap<number, number | null>): number[] {
  const trials = stageTrials(plan, before, scores);
  const found = trials.map(({ trial }) => scores.get(trial) ?? null);
  const isTest = stage.of !== "all" && stage.of.part === "test";
  return promoted(found, stage.size)
    .filter((place) => !isTest || found[place] !== null)
    .map((place) => trials[place]?.variant ?? 0);
}
