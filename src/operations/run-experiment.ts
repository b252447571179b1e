import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { variantOf } from "../backtest/identity.ts";
import { scoreOf } from "../backtest/search/objective.ts";
import { waveTrials, type PlannedTrial } from "../backtest/search/plan.ts";
import type { ExperimentReport } from "../backtest/search/report.ts";
import type { Trial, TrialEnd, TrialRunner } from "../backtest/search/trial.ts";
import type { ExperimentStarted } from "../event/backtest-events.ts";
import { withLease } from "../ledger/leases.ts";
import type { Decision } from "../policy/request.ts";
import type { DecidedRun } from "./decided-action.ts";
import { planExperiment, recordedSearch, reportOf, searchOf, type PlannedExperiment, type SearchAsked } from "./experiment-plan.ts";
import { readExperiment, type RecordedExperiment, type RecordedTrial } from "./experiment-record.ts";
import type { OpenRun } from "./in-run.ts";
import { openTrials } from "./open-trials.ts";
import { readyStrategy } from "./ready-strategy.ts";
import type { ReadyStrategy } from "./strategy-source.ts";
import { tradingRun } from "./trading-run.ts";
import { TrialLog } from "./trial-log.ts";
import { unfinishedLike } from "./unfinished-experiment.ts";
import { withDeadline } from "./with-deadline.ts";

export interface RunExperimentAsked extends SearchAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  seed?: number | undefined;
  /** Experiment to go on with; what decides its trials comes from the record then. */
  resume?: string | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  /** An experiment with the same plan that did not come to its end. */
  onUnfinished?: ((found: { experiment: string; trials: number; planned: number }) => void) | undefined;
  /** The id, before the first trial. */
  onStart?: ((started: { experiment: string; planned: number; recorded: number }) => void) | undefined;
  onProgress?: ((progress: ExperimentProgress) => void) | undefined;
}

export interface ExperimentProgress {
  /** Trials on record, of those planned. */
  done: number;
  planned: number;
  /** Undefined until it can be told. */
  leftMs: number | undefined;
}

export interface ExperimentOutcome extends ExperimentReport {
  experiment: string;
  seed: number;
  /** On record, and tried in this run. */
  trials: number;
  tried: number;
  durationMs: number;
}

export interface RunExperimentResult extends Omit<DecidedRun<never>, "value"> {
  strategy: string;
  /** Undefined when it did not start. */
  experiment?: ExperimentOutcome | undefined;
}

/** What a budget has to bear. An experiment that takes longer stops then, and goes on as another run. */
const experimentTimeoutMs = 1_800_000;

/**
 * Searches a strategy's parameters: regimes, variants, scores, walk-forward; decided and budgeted as one run, every trial on record by the time it is told
 * of. A denial and a limit reached are results. When work has to stop, what was tried is on record and the error's hint says how to go on.
 * Errors (exit usage): those of `readyStrategy`, of the plan, `experiment/unknown`, `experiment/changed`, `experiment/complete`, `experiment/busy`.
 */
export async function runExperiment(asked: RunExperimentAsked): Promise<RunExperimentResult> {
  const ready = await readyStrategy(asked);
  const before = asked.resume === undefined ? undefined : await resumable(ready, asked.resume);
  const search = before === undefined ? searchOf(ready, asked) : recordedSearch(before.started);
  const planned = planExperiment(ready, search, before?.started.seed ?? asked.seed ?? 0);
  if (before === undefined) {
    const unfinished = await unfinishedLike(ready, planned);
    if (unfinished !== undefined) asked.onUnfinished?.(unfinished);
  }
  const { value, ...ended } = await tradingRun(
    ready,
    {
      command: `experiment run ${asked.name}`,
      env: asked.env,
      args: { search, trials: planned.plan.trials },
      timeoutMs: experimentTimeoutMs,
      onDecision: asked.onDecision,
    },
    async (open, decision) => {
      const experiment = before?.experiment ?? newId("e");
      const done = await withLease(open.ledger, `experiment/${experiment}`, async () => {
        // Read again: what the killed run left is recovered by now, and nobody else writes to this experiment.
        const recorded = before === undefined ? undefined : await readExperiment(open.stateDir, experiment);
        const late = new AgentctlError("experiment/timeout", `not done after ${experimentTimeoutMs / 60_000} minutes`, { exit: "timeout" });
        return withDeadline(open, experimentTimeoutMs, late, (within) =>
          workOn({ open: within, ready, planned, experiment, recorded, asked, decision: decision.id }),
        );
      });
      if (done === undefined) throw new AgentctlError("experiment/busy", `another process works on ${experiment}`, { hint: "agentctl run --outcome running" });
      return { outcome: "ok", value: done };
    },
  );
  return { ...ended, strategy: asked.name, experiment: value };
}

interface Work {
  open: OpenRun;
  ready: ReadyStrategy;
  planned: PlannedExperiment;
  experiment: string;
  recorded: RecordedExperiment | undefined;
  asked: RunExperimentAsked;
  decision: string;
}

async function workOn(work: Work): Promise<ExperimentOutcome> {
  const { open, ready, planned, experiment, recorded, asked } = work;
  const startedMs = systemClock.monotonicMs();
  const { plan, seed } = planned;
  const known = new Map(recorded?.trials);
  await open.recorder.append("experiment.started", startOf(work));
  asked.onStart?.({ experiment, planned: plan.trials, recorded: known.size });
  const before = known.size;
  const finish = async (outcome: "ok" | "failed" | "interrupted", report?: ExperimentReport): Promise<ExperimentOutcome | undefined> => {
    const durationMs = Math.round(systemClock.monotonicMs() - startedMs);
    const best = report?.best ?? undefined;
    await open.recorder.append("experiment.finished", {
      experiment,
      outcome,
      trials: known.size,
      durationMs,
      ...(best !== undefined && { best: { ...best } }),
      ...(report !== undefined && { report: { ...report } }),
    });
    return report && { ...report, experiment, seed, trials: known.size, tried: known.size - before, durationMs };
  };
  const runner = await openTrials(ready, planned, open, asked.env);
  try {
    await tryAll(work, runner, known);
    const done = await finish("ok", reportOf(planned, known));
    return done as ExperimentOutcome;
  } catch (error) {
    await finish(open.stop.aborted ? "interrupted" : "failed").catch(() => undefined);
    throw open.stop.aborted ? stopped(error, work, known.size) : error;
  } finally {
    await runner.close();
  }
}

/** Wave after wave, only what is not on record yet; `known` grows by what ends. */
async function tryAll({ open, ready, planned, experiment, asked }: Work, runner: TrialRunner, known: Map<number, RecordedTrial>): Promise<void> {
  const { plan, search, moments } = planned;
  const log = new TrialLog(open.recorder, experiment);
  const startedMs = systemClock.monotonicMs();
  const before = known.size;
  try {
    for (let wave = 0; wave < plan.waves; wave += 1) {
      const scores = new Map([...known.values()].map(({ trial, score }) => [trial, score ?? null]));
      const missing = waveTrials(plan, wave, scores).filter(({ trial }) => !known.has(trial));
      const byTrial = new Map(missing.map((trial) => [trial.trial, trial]));
      const record = (end: TrialEnd): RecordedTrial => recordOf(end, byTrial.get(end.trial) as PlannedTrial, { ready, planned });
      open.stop.throwIfAborted();
      await runner.run(
        missing.map((trial) => trialOf(trial, planned)),
        async (ends) => {
          const ended = ends.map(record);
          for (const trial of ended) known.set(trial.trial, trial);
          await log.add(ended);
          const share = (known.size - before) / (plan.trials - before);
          asked.onProgress?.({ done: known.size, planned: plan.trials, leftMs: ((systemClock.monotonicMs() - startedMs) * (1 - share)) / share });
        },
      );
    }
  } finally {
    await log.flush();
  }

  function recordOf(end: TrialEnd, { variant, stage }: PlannedTrial, of: { ready: ReadyStrategy; planned: PlannedExperiment }): RecordedTrial {
    const parameters = plan.variants[variant] ?? {};
    const about = {
      trial: end.trial,
      variant: variantOf(of.ready.digest, parameters, of.ready.settings),
      parameters: { ...parameters },
      window: plan.stages[stage]?.window ?? "",
    };
    if (end.outcome !== "ok") return { ...about, outcome: end.outcome, why: end.why, score: null, metrics: {} };
    return { ...about, outcome: "ok", score: scoreOf(search.objective, end.metrics), metrics: { ...end.metrics } };
  }

  function trialOf({ trial, variant, stage }: PlannedTrial, of: PlannedExperiment): Trial {
    const { range } = of.plan.stages[stage] ?? { range: { from: 0, to: 0 } };
    const [fromMs, toMs] = [moments[range.from] ?? Number.NEGATIVE_INFINITY, moments[range.to] ?? Number.POSITIVE_INFINITY];
    return { trial, parameters: plan.variants[variant] ?? {}, fromMs, toMs };
  }
}

function startOf({ ready, planned, experiment, recorded, decision }: Work): ExperimentStarted {
  const { search, seed, plan, data } = planned;
  return {
    experiment,
    strategy: ready.strategy.name,
    digest: ready.digest,
    data,
    search: { ...search },
    trials: plan.trials,
    seed,
    ...(recorded !== undefined && { resumes: recorded.runs.at(-1) ?? "" }),
    decision,
  };
}

/** An experiment that can be gone on with: not at its end, and of the same files and bars. */
async function resumable(ready: ReadyStrategy, name: string): Promise<RecordedExperiment> {
  const found = await readExperiment(ready.stateDir, name);
  const { started, experiment, finished } = found;
  const again = { hint: `agentctl experiment run ${ready.strategy.name}`, exit: "usage" } as const;
  if (finished?.outcome === "ok") {
    throw new AgentctlError("experiment/complete", `${experiment} has all of its trials on record`, {
      ...again,
      hint: `agentctl experiment show ${experiment}`,
    });
  }
  if (started.strategy !== ready.strategy.name) {
    throw new AgentctlError("experiment/changed", `${experiment} is of ${started.strategy}, not of ${ready.strategy.name}`, {
      ...again,
      hint: `agentctl experiment run ${started.strategy} --resume ${experiment}`,
    });
  }
  if (started.digest !== ready.digest)
    throw new AgentctlError("experiment/changed", `${ready.strategy.name} is not what it was when ${experiment} began`, again);
  const moved = ready.data.find(({ set }, market) => started.data[market]?.sha256 !== set.sha256);
  if (moved !== undefined) throw new AgentctlError("experiment/changed", `the bars of ${moved.set.name} are not those of ${experiment}`, again);
  return found;
}

/** The reason why work stopped, with what is on record and how to go on. */
function stopped(error: unknown, { ready, planned, experiment, open }: Work, trials: number): unknown {
  const reason: unknown = open.stop.reason ?? error;
  if (!(reason instanceof AgentctlError)) return reason;
  const goOn = `agentctl experiment run ${ready.strategy.name} --resume ${experiment}`;
  return new AgentctlError(
    reason.code as `${string}/${string}`,
    `${reason.message}; ${trials} of ${planned.plan.trials} trials of ${experiment} are on record`,
    {
      hint: reason.hint === undefined ? goOn : `${reason.hint}, then ${goOn}`,
      exit: reason.exit,
      cause: error,
    },
  );
}
