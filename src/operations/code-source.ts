import { setImmediate } from "node:timers/promises";
import { AgentctlError } from "../base/errors.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import type { JobLimits, JobResult, JobSpec } from "../runner/job.ts";
import { openPool, type Pool } from "../runner/pool.ts";
import { runJob } from "../runner/run-job.ts";
import { sweepBeside } from "../runner/sweep.ts";
import { requireGoing } from "./in-run.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { replayAnswer } from "./replay-strategy.ts";
import { scopeOf } from "./scope.ts";
import { batches, strategyJob, strategyLimits, type WholeTask } from "./strategy-job.ts";
import type { RunnableStrategy, SourceRun, StrategySource, Task, TaskAnswer } from "./strategy-source.ts";

type Numbered = WholeTask & { number: number };

/**
 * A strategy in code: it runs in containers only, and of what they answer only what it asked for is believed, which is traded again here. A strategy's
 * failure is an answer. Errors: no engine, no image, halted or interrupted.
 */
export async function codeSource(ready: RunnableStrategy, open: SourceRun, env: NodeJS.ProcessEnv): Promise<StrategySource> {
  const { strategy, authority } = ready;
  const { signals } = strategy;
  if (signals.kind !== "code") throw new AgentctlError("operations/no-code", `the signals of ${strategy.name} are declared: there is no code to run`);
  const engine = await openEngine(authority.config, env);
  const runner = signals.language === "python" ? "python" : "node";
  const { id: image } = await requireImage(engine, runner, runnerPlaces(authority.workspace.root));
  const swept = sweepBeside(engine);
  const labels = { image, run: open.run, scope: scopeOf(open.stateDir) };
  const configured = authority.config.values.limits;
  let pool: Pool | undefined;

  const runIn = async (tasks: readonly Numbered[], limits: JobLimits, isolated: boolean): Promise<JobResult> => {
    requireGoing(open);
    const spec: JobSpec = { ...strategyJob(ready, signals, tasks, limits), limits, ...labels };
    if (isolated) pool ??= openPool(engine, { ...labels, size: engine.cpus, limits });
    const job = pool !== undefined && isolated ? await pool.run(spec, { signal: open.stop }) : await runJob(engine, spec, { signal: open.stop });
    open.stop.throwIfAborted();
    return job;
  };

  /** Tells the answers of a container that has ended; answers the tasks that another one has to run. */
  const settle = async (job: JobResult, batch: readonly Numbered[], tell: (number: number, answer: TaskAnswer) => void): Promise<Numbered[]> => {
    for (const [index, task] of batch.entries()) {
      const answer = job.artifacts.find(({ path }) => path === String(index));
      if (answer !== undefined) tell(task.number, replayAnswer(answer.data, task, signals.language, configured.timeoutMs));
      // The first without an answer is to blame only where nothing ran before it in its container; else it gets one of its own.
      else if (index > 0) return batch.slice(index);
      else {
        tell(task.number, unanswered(job, configured));
        return batch.slice(1);
      }
      // Trading is synchronous: a halt is heard in between.
      await setImmediate();
      open.stop.throwIfAborted();
    }
    return [];
  };

  return {
    image,
    async run(tasks, { isolated = false, onAnswer } = {}) {
      const whole = tasks.map((task, number): Numbered => ({ number, ...complete(ready, task) }));
      const answers = Array.from<TaskAnswer | undefined>({ length: tasks.length });
      const waiting = isolated ? whole.map((task) => [task]) : batches(whole, Math.max(2, Math.ceil(whole.length / engine.cpus)));
      // One size for all that are isolated: the slots that wait for them were started ahead.
      const single = whole.map((task) => strategyLimits(configured, [task])).reduce(largest, configured);
      const work = async (): Promise<void> => {
        for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
          const job = await runIn(batch, isolated ? single : strategyLimits(configured, batch), isolated);
          const left = await settle(job, batch, (number, answer) => {
            answers[number] = answer;
            onAnswer?.(number, answer);
          });
          if (left.length > 0) waiting.unshift(left);
        }
      };
      await Promise.all(Array.from({ length: Math.min(engine.cpus, waiting.length) }, work));
      return answers.map((answer) => answer ?? { ok: false, why: "it was not run", outcome: "failed" });
    },
    async close() {
      await Promise.allSettled([pool?.close(), swept]);
      await jobsSettled(engine);
    },
  };
}

function complete(ready: RunnableStrategy, task: Task): WholeTask {
  return { parameters: task.parameters, settings: task.settings ?? ready.settings, bars: task.bars ?? ready.data.map(({ bars }) => bars) };
}

function largest(a: JobLimits, b: JobLimits): JobLimits {
  return { ...a, memoryMiB: Math.max(a.memoryMiB, b.memoryMiB), diskMiB: Math.max(a.diskMiB, b.diskMiB) };
}

const heapEnd = /heap out of memory|MemoryError/;

/** Why there is no answer. The last line on stderr is the strategy's own word. */
function unanswered(job: JobResult, { timeoutMs, memoryMiB, outputBytes }: JobLimits): TaskAnswer {
  const stderr = Buffer.from(job.stderr.subarray(-64 * 1024))
    .toString("utf8")
    .trim();
  if (job.outcome === "timeout") return { ok: false, outcome: "timeout", why: `it did not end within ${timeoutMs} ms (limits.timeoutMs)` };
  if (job.outcome === "oom" || heapEnd.test(stderr)) {
    return { ok: false, outcome: "oom", why: `it used more than ${memoryMiB} MiB of memory (limits.memoryMiB)` };
  }
  if (job.outcome === "output-overflow") return { ok: false, outcome: "failed", why: `it printed more than ${outputBytes} bytes (limits.outputBytes)` };
  const [refused] = job.refused;
  const said = stderr.split("\n").at(-1)?.slice(0, 300) ?? "";
  const because = job.detail ?? (refused === undefined ? said : `${refused.path}: ${refused.why}`);
  const ended = job.exitCode === undefined ? job.outcome : `exit code ${job.exitCode}`;
  return { ok: false, outcome: "failed", why: `it ended without an answer (${ended})${because === "" ? "" : `: ${because}`}` };
}
