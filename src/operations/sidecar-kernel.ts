import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { JobMount } from "../runner/job.ts";
import type { JobEngine } from "../runner/job-engine.ts";
import type { ConfigValues } from "../workspace/config-keys.ts";
import { packageRoot } from "../workspace/package.ts";
import type { KernelPlan } from "./run-sidecar.ts";

/** Where a kernel runs. */
export interface KernelHome {
  engine: JobEngine;
  /** Image id. */
  image: string;
  mounts: readonly JobMount[];
  run: string;
  scope: string;
  full?: AbortSignal;
  release?: () => void;
}

/** A container that nobody came back for may be removed after this. */
const deadlineMs = 24 * 3_600_000;

/** A kernel within the limits of `sidecar.*`, and of jobs where those say nothing. */
export function kernelPlan(home: KernelHome, { sidecar, limits: job }: Pick<ConfigValues, "sidecar" | "limits">): KernelPlan {
  const { engine, image, mounts, run, scope } = home;
  const limits = { memoryMiB: sidecar.memoryMiB, cpus: job.cpus, pids: sidecar.pids, diskMiB: job.diskMiB };
  return {
    image,
    limits: { ...limits, timeoutMs: sidecar.timeoutMs, outputBytes: sidecar.outputBytes },
    async open(signal) {
      const { openKernel } = await import("../runner/kernel.ts");
      const bridge = await readFile(join(packageRoot(), "runners/sidecar_bridge.py"), "utf8");
      const spec = { image, bridge, limits, mounts, run, scope, outputBytesMax: sidecar.outputBytes, deadlineMs: systemClock.nowMs() + deadlineMs };
      return openKernel(engine, spec, signal);
    },
    ...(home.full !== undefined && { full: home.full }),
    release: home.release ?? (() => undefined),
  };
}
