import { AgentctlError } from "../base/errors.ts";
import type { ResultDigests } from "../backtest/digests.ts";
import type { Metrics } from "../backtest/metrics.ts";
import type { BacktestFinished, BacktestStarted } from "../event/backtest-events.ts";
import type { Decision } from "../policy/request.ts";
import type { ParameterValue, ParameterValues } from "../strategy/bar-strategy.ts";
import { meetsConstraints, parametersOf } from "../strategy/parameters.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { rangeOf, type BacktestRange } from "./backtest-range.ts";
import { worries } from "./backtest-worries.ts";
import type { DecidedRun } from "./decided-action.ts";
import type { OpenRun, RunOutcome } from "./in-run.ts";
import { openSource } from "./open-source.ts";
import { readyStrategy } from "./ready-strategy.ts";
import { recordedBacktest, type RecordedBacktest } from "./recorded-backtest.ts";
import type { ReadyStrategy } from "./strategy-source.ts";
import { tradingRun } from "./trading-run.ts";

export interface BacktestStrategyAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  /** As typed; what is not given has the strategy's default. */
  parameters: Readonly<Record<string, string>>;
  /** First and last day (or moment) that is traded. */
  from?: string | undefined;
  to?: string | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface BacktestSummary {
  backtest: string;
  strategy: string;
  outcome: BacktestFinished["outcome"];
  why?: string | undefined;
  identity: string;
  variant: string;
  digest: string;
  commit: string;
  committed: boolean;
  parameters: ParameterValues;
  data: BacktestStarted["data"];
  engine: number;
  seed: number;
  durationMs: number;
  /** Null where it did not end well. */
  bars: number | null;
  trades: number | null;
  ambiguous: number | null;
  digests: ResultDigests | null;
  metrics: Metrics | null;
  /** What a person should know before believing it. */
  warnings: string[];
}

export interface BacktestStrategyResult extends Omit<DecidedRun<never>, "value"> {
  strategy: string;
  /** Undefined when it did not start. */
  backtest?: BacktestSummary | undefined;
}

/** What a budget has to bear: longer than any honest backtest of one strategy. */
export const backtestTimeoutMs = 600_000;

const runOutcomes: Readonly<Record<BacktestFinished["outcome"], RunOutcome>> = { ok: "ok", failed: "failed", timeout: "timeout", oom: "failed" };

/**
 * Backtests a strategy of the working tree: decided by the committed policy, recorded with everything that it depends on. A denial, a limit reached, a
 * strategy that fails are results. Errors: those of `readyStrategy`, `strategy/bad-parameter`, `backtest/bad-date`, `backtest/no-bars` (exit usage).
 */
export async function backtestStrategy(asked: BacktestStrategyAsked): Promise<BacktestStrategyResult> {
  const planned = await planBacktest(asked);
  const { ready, parameters } = planned;
  const { value, ...ended } = await tradingRun(
    ready,
    { command: `backtest run ${asked.name}`, env: asked.env, args: { parameters }, timeoutMs: backtestTimeoutMs, onDecision: asked.onDecision },
    async (open, decision) => {
      const summary = await runPlanned(open, planned, { env: asked.env, decision: decision.id });
      return { outcome: runOutcomes[summary.outcome], value: summary };
    },
  );
  return { ...ended, strategy: asked.name, backtest: value };
}

/** A backtest that can be asked of policy; nothing of it has run. */
export interface PlannedBacktest {
  ready: ReadyStrategy;
  parameters: ParameterValues;
  range: BacktestRange;
}

/** What a backtest of the working tree's strategy would be. Errors: those of `backtestStrategy`. */
export async function planBacktest(
  asked: Pick<BacktestStrategyAsked, "cwd" | "env" | "name" | "from" | "to"> & { parameters: Readonly<Record<string, ParameterValue>> },
): Promise<PlannedBacktest> {
  const ready = await readyStrategy(asked);
  return { ready, parameters: allowedParameters(ready.strategy, asked.parameters), range: rangeOf(ready, asked) };
}

/** Runs and records one that policy has allowed by `decision`, within an open run. */
export async function runPlanned(
  open: OpenRun,
  { ready, parameters, range }: PlannedBacktest,
  { env, decision }: { env: NodeJS.ProcessEnv; decision: string },
): Promise<BacktestSummary> {
  const commit = await commitOf(ready);
  const source = await openSource(ready, open, env);
  try {
    return summaryOf(ready, await recordedBacktest(open, { ready, commit, source, decision, parameters, ...range, seed: 0 }));
  } finally {
    await source.close();
  }
}

/** Parameters that the strategy allows. Errors (exit usage): `strategy/bad-parameter`. */
function allowedParameters(strategy: Strategy, given: Readonly<Record<string, ParameterValue>>): ParameterValues {
  const parameters = parametersOf(strategy, given);
  if (meetsConstraints(strategy, parameters)) return parameters;
  const values = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  throw new AgentctlError(
    "strategy/bad-parameter",
    `${values.join(" ")} does not meet the constraints of ${strategy.name}: ${strategy.constraints.join(", ")}`,
    {
      hint: `agentctl strategy show ${strategy.name}`,
      exit: "usage",
    },
  );
}

/** The commit whose files these are, or on which the tree stood. */
export async function commitOf({ committed, authority }: ReadyStrategy): Promise<string> {
  return committed ? authority.commit : ((await authority.repository.head()).commit ?? authority.commit);
}

function summaryOf(ready: ReadyStrategy, { started, finished, result }: RecordedBacktest): BacktestSummary {
  const { backtest, strategy, identity, variant, digest, commit, committed, parameters, data, engine, seed } = started;
  const { outcome, why, durationMs, bars, trades, ambiguous } = finished;
  const { settings } = ready;
  const facts = result && { settings, committed, trades: trades ?? 0, ambiguous: ambiguous ?? 0, refused: result.figures.refused };
  return {
    backtest,
    strategy,
    outcome,
    why,
    identity,
    variant,
    digest,
    commit,
    committed,
    parameters,
    data,
    engine,
    seed,
    durationMs,
    bars: bars ?? null,
    trades: trades ?? null,
    ambiguous: ambiguous ?? null,
    digests: result?.digests ?? null,
    metrics: result?.metrics ?? null,
    warnings: facts === undefined ? [] : worries({ ...facts, knownBad: ready.strategy.knownBad }),
  };
}
