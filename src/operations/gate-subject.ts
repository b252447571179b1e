import type { BacktestResult } from "../backtest/backtest.ts";
import { barsPerYear } from "../backtest/bars-per-year.ts";
import { declaredSharpes } from "../backtest/checks/declared-sharpes.ts";
import { resultOf, sharpeOf } from "../backtest/checks/returns.ts";
import type { Subject, Trials } from "../backtest/checks/subject.ts";
import { variantOf } from "../backtest/identity.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import { bestOf, permutedMarkets, takeApart, type TakenApart } from "../backtest/statistics/permuted-bars.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import type { Bars } from "../strategy/bars.ts";
import { gateVariants } from "./gate-variants.ts";
import { permutationBests } from "./permutation-workers.ts";
import type { ReadyStrategy, StrategySource } from "./strategy-source.ts";
import { trialMetrics } from "./trials-on-record.ts";

export interface SubjectOf {
  ready: ReadyStrategy;
  source: StrategySource;
  parameters: ParameterValues;
  settings: BacktestSettings;
  judged: BacktestResult;
  limits: Subject["limits"];
  seed: number;
  stop: AbortSignal;
}

/** What the checks ask about and with, wired to where the strategy runs and to the record. */
export async function gateSubject({ ready, source, parameters, settings, judged, limits, seed, stop }: SubjectOf): Promise<Subject> {
  const { strategy } = ready;
  const bars = ready.data.map((each) => each.bars);
  const perYear = barsPerYear(judged.equity.ts) ?? Number.NaN;
  const run: Subject["run"] = async (again, options) => {
    stop.throwIfAborted();
    return source.run(
      again.map((each) => ({ settings, bars, ...each })),
      options,
    );
  };
  const sharpes: Subject["sharpes"] = async (variants, on, varied = strategy) => {
    if (varied.signals.kind === "declared") return declaredSharpes({ strategy: varied, settings }, variants, on);
    const answers = await run(variants.map((each) => ({ parameters: each, bars: on })));
    return answers.map((answer) => sharpeOf(resultOf(answer), { settings }));
  };
  const permuted: Subject["permuted"] = async (variants, { seed: first, count }) => {
    const apart = bars.map(takeApart).filter((each): each is TakenApart => each !== undefined);
    if (strategy.signals.kind === "declared") return permutationBests({ strategy, settings, apart, seed: first, variants }, count, stop);
    const all = Array.from({ length: count }, (_, number) => permutedMarkets(apart, first, number));
    return ratiosOf(all, variants);
  };
  const ratiosOf = async (all: readonly Bars[][], variants: readonly ParameterValues[]): Promise<number[]> => {
    const answers = await run(all.flatMap((on) => variants.map((each) => ({ parameters: each, bars: on }))));
    const ratios = answers.map((answer) => sharpeOf(resultOf(answer), { settings }));
    return all.map((_, at) => bestOf(ratios.slice(at * variants.length, (at + 1) * variants.length)));
  };
  const permutations = limits.permutations ?? 0;
  return {
    strategy,
    parameters,
    settings,
    bars,
    data: ready.data.map(({ set }) => ({ name: set.name, missing: set.missing })),
    judged,
    barsPerYear: perYear,
    variants: gateVariants(strategy, parameters, { permutations, bars, settings }),
    trials: await trialsOf(ready, parameters, perYear),
    limits,
    seed,
    run,
    sharpes,
    permuted,
  };
}

/** What is on record for these markets; the judged variant counts, whether or not it was there before. */
async function trialsOf({ stateDir, data, digest, settings }: ReadyStrategy, parameters: ParameterValues, perYear: number): Promise<Trials> {
  const sets = data.map(({ set }) => set);
  const found = await trialMetrics(stateDir, {
    names: sets.map(({ name }) => name),
    digests: sets.map(({ sha256 }) => sha256),
    symbols: sets.map(({ symbol }) => symbol),
  });
  const known = found.some(({ variant }) => variant === variantOf(digest, parameters, settings));
  const sharpes = found.flatMap(({ sharpe }) => (sharpe === null ? [] : [sharpe / Math.sqrt(perYear)]));
  return { count: found.length + (known ? 0 : 1), sharpes };
}
