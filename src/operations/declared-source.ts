import { setImmediate } from "node:timers/promises";
import { AgentctlError } from "../base/errors.ts";
import { runBacktest } from "../backtest/run-backtest.ts";
import { compileSignals } from "../strategy/compile.ts";
import { signalStrategy } from "../strategy/signal-strategy.ts";
import type { RunnableStrategy, SourceRun, StrategySource, Task, TaskAnswer } from "./strategy-source.ts";

/** Declared signals: compiled to columns and traded in this process. No code of the strategy runs, so there is nothing to isolate. */
export function declaredSource(ready: Pick<RunnableStrategy, "strategy" | "data" | "settings">, open: Pick<SourceRun, "stop">): StrategySource {
  return {
    image: undefined,
    async run(tasks, { onAnswer } = {}) {
      const answers: TaskAnswer[] = [];
      for (const [index, task] of tasks.entries()) {
        open.stop.throwIfAborted();
        const answered = answer(ready, task);
        answers.push(answered);
        onAnswer?.(index, answered);
        // Trading is synchronous: a halt is heard in between.
        await setImmediate();
      }
      return answers;
    },
    async close() {},
  };
}

function answer(ready: Pick<RunnableStrategy, "strategy" | "data" | "settings">, task: Task): TaskAnswer {
  const { parameters, settings = ready.settings, bars = ready.data.map((each) => each.bars) } = task;
  try {
    const columns = bars.map((each) => compileSignals(ready.strategy, parameters, each));
    return { ok: true, result: runBacktest({ settings, bars, strategy: signalStrategy(columns), parameters }) };
  } catch (thrown) {
    if (!(thrown instanceof AgentctlError)) throw thrown;
    const { message, hint } = thrown;
    return { ok: false, why: hint === undefined ? message : `${message} (${hint})`, outcome: "failed" };
  }
}
