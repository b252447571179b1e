import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Metrics } from "../metrics.ts";
import { neighbourMedians } from "./neighbours.ts";
import { outOfSample, type OutOfSample, type WindowFigures } from "./out-of-sample.ts";
import { stageTrials, type Plan } from "./plan.ts";
import { regimeMetric } from "./trial-metrics.ts";

/** A trial that ended, as far as a report looks at it. */
export interface EndedTrial {
  parameters: Readonly<Record<string, number | string | boolean>>;
  outcome: string;
  score?: number | null | undefined;
  metrics: Metrics;
}

export interface ReportedVariant {
  trial: number;
  parameters: ParameterValues;
  score: number | null;
  /**
   * The lower of two Sharpe ratios: that in the worst regime, and the median of the variant's neighbourhood. What is good in one regime only, or
   * nowhere around, has a low one. Null where one of them is.
   */
  robust: number | null;
  sharpe: number | null;
  totalReturn: number | null;
  maxDrawdown: number | null;
  trades: number | null;
  /** Sharpe ratio of the bars of each regime alone. */
  regimes: Metrics;
}

export interface ReportedWindow {
  /** First and last bar of the test, ms since the epoch. */
  fromMs: number;
  toMs: number;
  /** Chosen on the training window; null when nothing there had a score. */
  parameters: ParameterValues | null;
  trainScore: number | null;
  testScore: number | null;
  trainReturn: number | null;
  testReturn: number | null;
  testTrades: number | null;
}

export interface ExperimentReport {
  objective: string;
  kind: string;
  planned: number;
  variants: number;
  /** Of the variants that were tried on all bars: with a score, with one above 0, and whose trial failed. */
  scored: number;
  positive: number;
  failed: number;
  /** Why the first that failed did. */
  why?: string;
  /** The best by score, first; `best` is the first of them, `sturdiest` the one with the highest robust figure. */
  best: ReportedVariant | null;
  sturdiest: ReportedVariant | null;
  top: ReportedVariant[];
  walkForward?: OutOfSample & { windows: ReportedWindow[] };
}

export interface ReportAsked {
  plan: Plan;
  search: { objective: string; kind: string };
  /** Opening times of the bars. */
  moments: Float64Array;
  trials: ReadonlyMap<number, EndedTrial>;
  regimes: readonly string[];
  barsPerYear: number;
}

const topVariants = 10;

/** What an experiment came to, out of its recorded trials alone. Equal scores are in the order of the trials. */
export function experimentReport({ plan, search, moments, trials, regimes, barsPerYear }: ReportAsked): ExperimentReport {
  const scores = new Map([...trials].map(([trial, { score }]) => [trial, score ?? null]));
  const last = plan.stages.findLastIndex(({ of }) => of === "all");
  const ended = stageTrials(plan, last, scores).flatMap(({ trial }) => {
    const found = trials.get(trial);
    return found === undefined ? [] : [{ trial, ...found }];
  });
  const medians = neighbourMedians(
    ended.map(({ parameters }) => parameters),
    ended.map(({ metrics }) => metrics["sharpe"] ?? null),
  );
  const variants = ended.map((trial, place) => reported(trial, medians[place] ?? null, regimes));
  const top = ranked(variants, ({ score }) => score);
  const failed = ended.filter(({ outcome }) => outcome !== "ok");
  const why = failed.map((trial) => ("why" in trial ? String(trial.why) : "")).find((words) => words !== "");
  return {
    objective: search.objective,
    kind: search.kind,
    planned: plan.trials,
    variants: ended.length,
    scored: top.length,
    positive: top.filter(({ score }) => (score ?? 0) > 0).length,
    failed: failed.length,
    ...(why !== undefined && { why }),
    best: top[0] ?? null,
    sturdiest: ranked(variants, ({ robust, score }) => (score === null ? null : robust))[0] ?? null,
    top: top.slice(0, topVariants),
    ...(plan.stages.some(({ of }) => of !== "all") && { walkForward: walkForward({ plan, moments, trials, scores, barsPerYear }) }),
  };
}

function reported(trial: EndedTrial & { trial: number }, median: number | null, regimes: readonly string[]): ReportedVariant {
  const { metrics } = trial;
  const inRegimes = regimes.map((name) => [name, metrics[regimeMetric(name)]] as const).filter((entry) => entry[1] !== undefined);
  const sharpes = inRegimes.map(([, sharpe]) => sharpe ?? null);
  const parts = [median, ...sharpes].filter((part) => part !== null);
  return {
    trial: trial.trial,
    parameters: trial.parameters,
    score: trial.score ?? null,
    robust: parts.length < sharpes.length + 1 ? null : Math.min(...parts),
    sharpe: metrics["sharpe"] ?? null,
    totalReturn: metrics["totalReturn"] ?? null,
    maxDrawdown: metrics["maxDrawdown"] ?? null,
    trades: metrics["trades"] ?? null,
    regimes: Object.fromEntries(inRegimes.map(([name, sharpe]) => [name, sharpe ?? null])),
  };
}

function ranked(variants: readonly ReportedVariant[], by: (variant: ReportedVariant) => number | null): ReportedVariant[] {
  return variants.filter((variant) => by(variant) !== null).toSorted((a, b) => (by(b) ?? 0) - (by(a) ?? 0) || a.trial - b.trial);
}

type WalkForwardAsked = Pick<ReportAsked, "plan" | "moments" | "trials" | "barsPerYear"> & { scores: ReadonlyMap<number, number | null> };

function walkForward({ plan, moments, trials, scores, barsPerYear }: WalkForwardAsked): OutOfSample & { windows: ReportedWindow[] } {
  const tests = plan.stages.flatMap((stage, place) => (stage.of !== "all" && stage.of.part === "test" ? [{ stage, place }] : []));
  const windows = tests.map(({ stage, place }) => {
    const [chosen] = stageTrials(plan, place, scores);
    const test = chosen && trials.get(chosen.trial);
    const train = chosen && stage.after !== undefined ? trials.get(trainedAs(plan, stage.after, chosen.variant, scores)) : undefined;
    return { stage, test, train };
  });
  const figures = windows.map(({ train, test }) => ({ train: train && figuresOf(train), test: test && figuresOf(test) }));
  return {
    ...outOfSample(figures, barsPerYear),
    windows: windows.map(({ stage, train, test }) => ({
      fromMs: moments[stage.range.from] ?? 0,
      toMs: moments[stage.range.to - 1] ?? 0,
      parameters: test?.parameters ?? null,
      trainScore: train?.score ?? null,
      testScore: test?.score ?? null,
      trainReturn: train?.metrics["totalReturn"] ?? null,
      testReturn: test?.metrics["totalReturn"] ?? null,
      testTrades: test?.metrics["trades"] ?? null,
    })),
  };
}

function trainedAs(plan: Plan, stage: number, variant: number, scores: ReadonlyMap<number, number | null>): number {
  return stageTrials(plan, stage, scores).find((trial) => trial.variant === variant)?.trial ?? -1;
}

function figuresOf({ score, metrics }: EndedTrial): WindowFigures {
  return {
    score: score ?? null,
    return: metrics["totalReturn"] ?? null,
    trades: metrics["trades"] ?? null,
    bars: metrics["bars"] ?? 0,
    mean: metrics["mean"] ?? null,
    deviation: metrics["deviation"] ?? null,
  };
}
