import { canonicalJson } from "../base/canonical-json.ts";
import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { barsPerYear } from "../backtest/bars-per-year.ts";
import { requireObjective, type Objective } from "../backtest/search/objective.ts";
import { planOf, searchKinds, type Plan, type SearchKind } from "../backtest/search/plan.ts";
import { experimentReport, type ExperimentReport } from "../backtest/search/report.ts";
import { gridSize, searchSpace } from "../backtest/search/space.ts";
import type { ExperimentStarted } from "../event/backtest-events.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import { meetsConstraints, parametersOf } from "../strategy/parameters.ts";
import { regimeNames } from "../strategy/regime.ts";
import { rangeOf, type BacktestRange } from "./backtest-range.ts";
import type { RecordedTrial } from "./experiment-record.ts";
import type { ReadyStrategy } from "./strategy-source.ts";

/** What decides which trials there are: kept on record as `search`, so that a resumed experiment plans the same ones. */
export interface ExperimentSearch {
  kind: SearchKind;
  /** Variants at most. */
  variants: number;
  objective: Objective;
  /** Walk-forward windows; 0 for none. */
  walkForward: number;
  /** Parameters that were given and are not searched. */
  parameters: ParameterValues;
  /** As typed. */
  from?: string | undefined;
  to?: string | undefined;
}

export interface SearchAsked {
  kind?: string | undefined;
  variants?: number | undefined;
  objective?: string | undefined;
  walkForward?: number | undefined;
  parameters?: Readonly<Record<string, string>> | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export interface PlannedExperiment {
  search: ExperimentSearch;
  seed: number;
  range: BacktestRange;
  /** Opening times of the bars that are traded, all markets together. */
  moments: Float64Array;
  plan: Plan;
  data: ExperimentStarted["data"];
}

/** Variants that a grid may have, and that are drawn or begun with, when nobody says. */
const variantsWhenNotSaid: Readonly<Record<SearchKind, number>> = { grid: 2_000, random: 200, halving: 243 };

/** What was asked as a search that says everything: the grid where it is small enough, else as many draws as it may cost. */
export function searchOf({ strategy }: Pick<ReadyStrategy, "strategy">, asked: SearchAsked): ExperimentSearch {
  const given = Object.keys(asked.parameters ?? {});
  const all = parametersOf(strategy, asked.parameters ?? {});
  const parameters = Object.fromEntries(given.map((name) => [name, all[name] as ParameterValues[string]]));
  const objective = requireObjective(asked.objective ?? "sharpe");
  const size = gridSize(searchSpace(strategy.parameters, parameters, () => true));
  const kind = searchKinds.find((known) => known === asked.kind) ?? (size <= (asked.variants ?? variantsWhenNotSaid.grid) ? "grid" : "random");
  const { variants = variantsWhenNotSaid[kind], walkForward = 0, from, to } = asked;
  return { kind, variants, objective, walkForward, parameters, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** Plans all trials: a function of strategy, data, search and seed alone. Errors: those of the range and of `planOf` (exit usage). */
export function planExperiment(ready: ReadyStrategy, search: ExperimentSearch, seed: number): PlannedExperiment {
  const { strategy } = ready;
  const range = rangeOf(ready, search);
  const moments = tradedMoments(range);
  const space = searchSpace(strategy.parameters, search.parameters, (parameters) => meetsConstraints(strategy, parameters));
  const plan = planOf(space, { ...search, seed }, { from: 0, to: moments.length });
  const data = ready.data.map(({ set: { name, symbol, timeframe, sha256 } }, market) => {
    const ts = range.bars[market]?.ts ?? new Float64Array();
    return { name, symbol, timeframe, sha256, rows: ts.length, from: isoTime(ts[0] ?? 0), to: isoTime(ts.at(-1) ?? 0) };
  });
  return { search, seed, range, moments, plan, data };
}

/** What the trials of a plan came to. */
export function reportOf({ plan, search, moments }: PlannedExperiment, trials: ReadonlyMap<number, RecordedTrial>): ExperimentReport {
  return experimentReport({ plan, search, moments, trials, regimes: regimeNames, barsPerYear: barsPerYear(moments) ?? Number.NaN });
}

/** The record's search as ours. Error: `experiment/changed` where it is of another version. */
export function recordedSearch(started: ExperimentStarted): ExperimentSearch {
  const search = started.search as Partial<ExperimentSearch>;
  if (search.kind === undefined || search.objective === undefined || search.variants === undefined) {
    throw new AgentctlError("experiment/changed", `the search of ${started.experiment} is not one that this version can go on with`, {
      hint: `agentctl experiment run ${started.strategy}`,
      exit: "usage",
    });
  }
  return { walkForward: 0, parameters: {}, ...search } as ExperimentSearch;
}

/** Two experiments with the same text have the same trials with the same results. */
export function planText(of: { digest: string; data: readonly { name: string; sha256: string }[]; search: object; seed: number }): string {
  const data = of.data.map(({ name, sha256 }) => ({ name, sha256 }));
  return canonicalJson({ digest: of.digest, data, search: of.search, seed: of.seed });
}

/** Opening times from the first that is traded on, each once, in order. */
function tradedMoments({ settings, bars }: BacktestRange): Float64Array {
  const fromMs = settings.fromMs ?? Number.NEGATIVE_INFINITY;
  const traded = (ts: Float64Array): Float64Array => ts.subarray(ts.findIndex((ms) => ms >= fromMs) >>> 0);
  const [only, ...others] = bars;
  if (only !== undefined && others.length === 0) return traded(only.ts);
  return Float64Array.from(new Set(bars.flatMap(({ ts }) => [...traded(ts)]))).toSorted();
}
