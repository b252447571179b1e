import type { JobResult } from "../runner/job.ts";
import { toolJob } from "./sandbox-tools.ts";
import type { SandboxJob } from "./sandbox.ts";

/** Jobs that end within this time are measured afterwards only; of what they write, the disk's speed is the limit. */
const watchedAfterMs = 1_500;
/** What the watching program ends with. */
const fullExit = 3;

/**
 * Watches a scratch while a job writes into it, from a container of its own, and aborts `full` when it has grown beyond its limit: the largest size of a
 * single file, which the kernel holds, does not bound many files. Close it when the job has ended.
 */
export function watchScratch(
  bytesMax: number,
  start: (job: SandboxJob, signal: AbortSignal) => Promise<JobResult>,
  afterMs = watchedAfterMs,
): { full: AbortSignal; close(): void } {
  const full = new AbortController();
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    const limits = { timeoutMs: 86_400_000, memoryMiB: 64, cpus: 0.5, pids: 16, outputBytes: 1024, diskMiB: 1 };
    const { exitCode } = await start({ runner: "shell", ...toolJob({ op: "watch", most: bytesMax }), limits }, over.signal);
    if (exitCode === fullExit) full.abort(new Error("scratch/ is full"));
  };
  // What keeps it from watching ends nothing: the job has its own time, and what it left is measured.
  const timer = setTimeout(() => void watch().catch(() => undefined), afterMs);
  return {
    full: full.signal,
    close() {
      clearTimeout(timer);
      over.abort();
    },
  };
}
