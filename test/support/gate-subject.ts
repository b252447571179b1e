import { gateLimitNames, type GateLimitName } from "../../src/base/gate-limits.ts";
import type { BacktestResult } from "../../src/backtest/backtest.ts";
import { raised } from "../../src/backtest/checks/costs.ts";
import { bestOfPermutation, declaredSharpes } from "../../src/backtest/checks/declared-sharpes.ts";
import type { Again, Answered, Subject } from "../../src/backtest/checks/subject.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import { settingsOf } from "../../src/backtest/settings.ts";
import { takeApart } from "../../src/backtest/statistics/permuted-bars.ts";
import { gateVariants } from "../../src/operations/gate-variants.ts";
import type { BarStrategy, ParameterValues } from "../../src/strategy/bar-strategy.ts";
import type { Bars } from "../../src/strategy/bars.ts";
import { compileSignals } from "../../src/strategy/compile.ts";
import { parametersOf } from "../../src/strategy/parameters.ts";
import { readStrategy } from "../../src/strategy/read-strategy.ts";
import { signalStrategy } from "../../src/strategy/signal-strategy.ts";
import type { Strategy } from "../../src/strategy/strategy.ts";
import { policySet, shippedPolicies } from "./policies.ts";

/** The limits that come with agentctl. */
export const shippedLimits = Object.fromEntries(gateLimitNames.map((name) => [name, policySet(...shippedPolicies()).gates[name]?.value])) as Record<
  GateLimitName,
  number
>;

/** A strategy from the text of its strategy.yaml. */
export function strategyOf(name: string, text: string): Strategy {
  const { strategy, findings } = readStrategy(name, [{ path: `${name}/strategy.yaml`, text }]);
  if (strategy === undefined) throw new Error(findings.map(({ message }) => message).join("\n"));
  return strategy;
}

/**
 * A declared strategy before the gate, all in this process. `code` stands in for one written in code: it is given the bars of the run, as a strategy never is,
 * so that it can be caught.
 */
export function subjectOf(
  strategy: Strategy,
  bars: readonly Bars[],
  options: {
    parameters?: Record<string, string>;
    limits?: Partial<Record<GateLimitName, number | undefined>>;
    trials?: Subject["trials"];
    code?: (bars: readonly Bars[]) => BarStrategy;
  } = {},
): Subject {
  const parameters = parametersOf(strategy, options.parameters ?? {});
  const limits = { ...shippedLimits, ...options.limits };
  const instruments = bars.map((_, market) => ({ name: strategy.markets[market] ?? "", priceDecimals: 2, unitDecimals: 4 }));
  const declared = settingsOf(strategy, instruments, 86_400_000);
  const settings = { ...declared, costs: raised(declared.costs, limits["cost-floor"] ?? 0) };
  const backtest = (again: Again): BacktestResult => {
    const on = again.bars ?? bars;
    const traded = options.code?.(on) ?? signalStrategy(on.map((each) => compileSignals(strategy, again.parameters, each)));
    return runBacktest({ settings: again.settings ?? settings, bars: on, strategy: traded, parameters: again.parameters });
  };
  const run: Subject["run"] = async (all) => all.map((again): Answered => ({ ok: true, result: backtest(again) }));
  return {
    strategy,
    parameters,
    settings,
    bars,
    data: instruments.map(({ name }) => ({ name, missing: 0 })),
    judged: backtest({ parameters }),
    barsPerYear: 252,
    variants: gateVariants(strategy, parameters, { permutations: limits.permutations ?? 0, bars, settings }),
    trials: options.trials ?? { count: 1, sharpes: [] },
    limits,
    seed: 1,
    run,
    sharpes: async (variants: readonly ParameterValues[], on, varied = strategy) => declaredSharpes({ strategy: varied, settings }, variants, on),
    permuted: async (variants, { seed, count }) => {
      const apart = bars.map(takeApart).filter((each) => each !== undefined);
      return Array.from({ length: count }, (_, number) => bestOfPermutation({ strategy, settings, apart, seed, variants }, number));
    },
  };
}
