import type { Trial, TrialEnd, TrialRunner } from "../backtest/search/trial.ts";
import { metricsOfResult } from "../backtest/search/trial-metrics.ts";
import { detectRegimes, type Regimes } from "../strategy/regime.ts";
import { upTo } from "./backtest-range.ts";
import type { PlannedExperiment } from "./experiment-plan.ts";
import type { OpenRun } from "./in-run.ts";
import { openSource } from "./open-source.ts";
import type { ReadyStrategy, StrategySource, Task } from "./strategy-source.ts";
import { trialWorkers } from "./trial-workers.ts";

/** Trials that a container is given at once. */
const batchTasks = 16;

/** What tries the variants of a strategy: threads for declared signals, containers for code. Errors: those of the engine and its images. */
export async function openTrials(ready: ReadyStrategy, { range }: PlannedExperiment, open: OpenRun, env: NodeJS.ProcessEnv): Promise<TrialRunner> {
  const { strategy, settings } = ready;
  if (strategy.signals.kind === "declared") return trialWorkers({ strategy, settings, bars: range.bars }, open.stop);
  return sourceTrials(ready, range.bars, await openSource(ready, open, env), open.stop);
}

function sourceTrials({ settings }: ReadyStrategy, bars: PlannedExperiment["range"]["bars"], source: StrategySource, stop: AbortSignal): TrialRunner {
  const [first] = bars;
  const regimes: Regimes = first === undefined ? { label: new Uint8Array(), names: [] } : detectRegimes(first);
  const taskOf = ({ parameters, fromMs, toMs }: Trial): Task => ({
    parameters,
    settings: { ...settings, fromMs },
    bars: bars.map((each) => upTo(each, toMs - 1)),
  });
  return {
    async run(trials, ended) {
      for (let from = 0; from < trials.length; from += batchTasks) {
        stop.throwIfAborted();
        const batch = trials.slice(from, from + batchTasks);
        const answers = await source.run(batch.map(taskOf));
        await ended(
          batch.map(({ trial }, place): TrialEnd => {
            const answer = answers[place];
            if (answer === undefined || first === undefined) return { trial, outcome: "failed", why: "the strategy answered nothing" };
            if (!answer.ok) return { trial, outcome: answer.outcome, why: answer.why };
            const metrics = metricsOfResult(answer.result, settings.account.cash, {
              bars: first,
              timeframeMs: settings.timeframeMs,
              regimes,
              markets: bars.length,
            });
            return { trial, outcome: "ok", metrics };
          }),
        );
      }
    },
    close: () => source.close(),
  };
}
