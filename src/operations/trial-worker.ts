import { parentPort, workerData } from "node:worker_threads";
import { AgentctlError } from "../base/errors.ts";
import { declaredTrials, type TrialBasis } from "../backtest/search/declared-trials.ts";
import type { Trial } from "../backtest/search/trial.ts";

/** A thread that tries variants of a declared strategy: bars come once, in shared memory; trials come in batches and are answered in batches. */
const answer = declaredTrials(workerData as TrialBasis);

parentPort?.on("message", (trials: readonly Trial[]) => {
  try {
    parentPort?.postMessage({ ends: trials.map(answer) });
  } catch (thrown) {
    // An error of ours keeps its code and hint on its way between threads, which would otherwise keep its message only.
    if (!(thrown instanceof AgentctlError)) throw thrown;
    const { code, message, hint, exit } = thrown;
    parentPort?.postMessage({ error: { code, message, hint, exit } });
  }
});
