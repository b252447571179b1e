import { systemClock } from "../base/clock.ts";
import type { ContainerNeeds } from "./container.ts";
import type { JobEngine } from "./job-engine.ts";
import type { JobResult, JobSpec } from "./job.ts";
import { backstopMs, startSlot, type JobOptions } from "./slot.ts";

/** Slack of the deadline label beyond the job's own time: the start of the container and its removal. */
const deadlineSlackMs = 120_000;

/**
 * Runs one job in a container of its own: created, verified, started, fed, read, killed if need be, removed. How the program ended
 * is a value, never an error. Throws `runner/no-image`, `runner/engine-lost`, `runner/engine-refused`, `runner/not-hardened`,
 * `runner/input-too-large` and `runner/bad-file-path`. The removal goes on after it returns; `jobsSettled` waits for it.
 */
export async function runJob(engine: JobEngine, spec: JobSpec, options: JobOptions = {}): Promise<JobResult> {
  return await startSlot(engine, needsOf(spec, systemClock.nowMs() + spec.limits.timeoutMs + backstopMs + deadlineSlackMs)).run(spec, options);
}

/** What the container of a job must be. */
export function needsOf(
  spec: Pick<ContainerNeeds, "limits"> & Pick<JobSpec, "image" | "run" | "scope" | "mounts" | "fileBytesMax" | "network">,
  deadlineMs: number,
): ContainerNeeds {
  const { image, limits, run, scope, mounts, fileBytesMax, network } = spec;
  return {
    image,
    limits,
    run,
    deadlineMs,
    ...(scope === undefined ? {} : { scope }),
    ...(mounts === undefined ? {} : { mounts }),
    ...(fileBytesMax === undefined ? {} : { fileBytesMax }),
    ...(network === undefined ? {} : { network }),
  };
}
