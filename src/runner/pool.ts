import { canonicalJson } from "../base/canonical-json.ts";
import { systemClock } from "../base/clock.ts";
import type { JobEngine } from "./job-engine.ts";
import type { JobLimits, JobResult, JobSpec } from "./job.ts";
import { needsOf, runJob } from "./run-job.ts";
import { startSlot, type JobOptions, type Slot } from "./slot.ts";

/** Started containers that wait for their one job each. Isolation is that of a cold run: a slot is used once and replaced. */
export interface Pool {
  /**
   * Runs a job in a waiting slot when it fits (same image, memory, CPUs, pids, disk, and neither mounts nor a network), else in a container of its own. Unless `confirm`
   * says otherwise, the result stands on the launcher's last record and the engine's word follows through `onSettled`.
   */
  run(spec: JobSpec, options?: JobOptions): Promise<JobResult>;
  /** Resolves when every slot is ready, or has failed to start. */
  filled(): Promise<void>;
  /** Removes the waiting slots, and waits for every removal. */
  close(): Promise<void>;
}

export interface PoolOptions {
  image: string;
  /** Waiting slots. */
  size: number;
  limits: JobLimits;
  /** For the labels of the slots; a slot does not know its run yet. */
  run: string;
  scope?: string;
}

/** A slot older than this is replaced, so that its deadline label always covers the job. */
const maxIdleMs = 30 * 60_000;
const maxJobMs = 60 * 60_000;

/** Starts its slots at once, and each next one when a job is done. Close it: waiting slots keep the process alive. */
export function openPool(engine: JobEngine, options: PoolOptions): Pool {
  const key = fitKey(options);
  const waiting: { slot: Slot; startedMs: number }[] = [];
  const running = new Set<Promise<unknown>>();
  let { size } = options;

  const refill = (): void => {
    while (waiting.length < size) {
      const needs = needsOf(options, systemClock.nowMs() + maxIdleMs + maxJobMs);
      waiting.push({ slot: startSlot(engine, needs), startedMs: systemClock.monotonicMs() });
    }
  };
  const take = (spec: JobSpec): Slot | undefined => {
    if (fitKey(spec) !== key || spec.limits.timeoutMs > maxJobMs) return undefined;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (next.slot.usable && systemClock.monotonicMs() - next.startedMs < maxIdleMs) return next.slot;
      void next.slot.discard();
    }
    return undefined;
  };
  const track = <T>(job: Promise<T>): Promise<T> => {
    running.add(job);
    const forget = (): boolean => running.delete(job);
    job.then(forget, forget);
    return job;
  };
  refill();

  return {
    run(spec, jobOptions = {}) {
      const asked = { confirm: false, ...jobOptions };
      const slot = take(spec);
      const job = track(slot === undefined ? runJob(engine, spec, asked) : slot.run(spec, asked));
      // Starting the next one beside this job would slow it down; it starts when the job is done.
      job.then(refill, refill);
      return job;
    },
    async filled() {
      await Promise.allSettled(waiting.map(({ slot }) => slot.ready));
    },
    async close() {
      size = 0;
      await Promise.allSettled([...running, ...waiting.splice(0).map(({ slot }) => slot.discard())]);
    },
  };
}

function fitKey(needs: Pick<JobSpec, "image" | "limits" | "mounts" | "fileBytesMax" | "network">): string {
  const { memoryMiB, cpus, pids, diskMiB } = needs.limits;
  const mounts = (needs.mounts ?? []).map(({ volume, target, writes }) => [volume, target, writes]);
  return canonicalJson([needs.image, memoryMiB, cpus, pids, diskMiB, mounts, needs.fileBytesMax ?? null, needs.network?.name ?? null]);
}
