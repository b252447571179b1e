import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { AgentctlError, type ExitName } from "../base/errors.ts";
import { declaredTrials, type TrialBasis } from "../backtest/search/declared-trials.ts";
import type { Trial, TrialEnd, TrialRunner } from "../backtest/search/trial.ts";
import { askWorker, startWorker } from "./ask-worker.ts";
import { sharedBars } from "./shared-bars.ts";

/** Answers of a thread. */
type Answer = { ends: TrialEnd[] } | { error: { code: `${string}/${string}`; message: string; hint: string | undefined; exit: ExitName } };

/** Below so many bars to go through, threads take longer to start than the work takes. */
const inlineBarsMax = 4_000_000;
/** Trials that a thread is given at once: enough to share columns, few enough to be told of often. */
const batchTrials = 32;

/**
 * Tries variants of a declared strategy on all cores. Each thread is given the next batch when it has answered one, so that variants which lie together
 * in the plan share the columns that a thread has computed.
 */
export function trialWorkers(basis: TrialBasis, stop: AbortSignal, threads = availableParallelism()): TrialRunner {
  let workers: Worker[] = [];
  let shared: TrialBasis | undefined;
  const close = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.terminate()));
    workers = [];
  };
  return {
    async run(trials, ended) {
      const bars = basis.bars.reduce((sum, { length }) => sum + length, 0);
      if (trials.length * bars <= inlineBarsMax || threads === 1) return inline(basis, trials, stop, ended);
      shared ??= { ...basis, bars: basis.bars.map(sharedBars) };
      const batches = batchesOf(trials, threads);
      while (workers.length < Math.min(threads, batches.length)) workers.push(startWorker("trial-worker", shared));
      const next = batches.values();
      try {
        await Promise.all(workers.map((worker) => work(worker, next, stop, ended)));
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}

type Ended = Parameters<TrialRunner["run"]>[1];

/** In this thread, a batch at a time, so that signals and a halt are seen between them. */
async function inline(basis: TrialBasis, trials: readonly Trial[], stop: AbortSignal, ended: Ended): Promise<void> {
  const answer = declaredTrials(basis);
  for (const batch of batchesOf(trials, 1)) {
    stop.throwIfAborted();
    await ended(batch.map(answer));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Gives a thread one batch after the other until none is left; while one is written down, it works on the next. */
async function work(worker: Worker, batches: Iterator<readonly Trial[]>, stop: AbortSignal, ended: Ended): Promise<void> {
  const ask = (): Promise<TrialEnd[]> | undefined => {
    const batch = batches.next();
    return batch.done === true ? undefined : answered(worker, batch.value, stop);
  };
  for (let asked = ask(); asked !== undefined;) {
    const ends = await asked;
    asked = ask();
    // Whatever comes of writing down is thrown first; an answer that nobody waits for any more is no error.
    asked?.catch(() => undefined);
    await ended(ends);
  }
}

async function answered(worker: Worker, batch: readonly Trial[], stop: AbortSignal): Promise<TrialEnd[]> {
  const answer = await askWorker<Answer>(worker, batch, stop);
  if ("ends" in answer) return answer.ends;
  const { code, message, hint, exit } = answer.error;
  throw new AgentctlError(code, message, { hint, exit });
}

function batchesOf(trials: readonly Trial[], threads: number): (readonly Trial[])[] {
  const size = Math.max(1, Math.min(batchTrials, Math.ceil(trials.length / threads)));
  return Array.from({ length: Math.ceil(trials.length / size) }, (_, index) => trials.slice(index * size, (index + 1) * size));
}
