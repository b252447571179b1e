import type { JobEngine } from "./job-engine.ts";
import type { JobLimits, JobMount } from "./job.ts";
import type { KernelDisplay, KernelError } from "./kernel-output.ts";
import { LiveKernel } from "./live-kernel.ts";
import type { SessionEnd } from "./session.ts";

export interface KernelSpec {
  /** Image id of the runner `python`. */
  image: string;
  /** Text of runners/sidecar_bridge.py. */
  bridge: string;
  limits: Pick<JobLimits, "memoryMiB" | "cpus" | "pids" | "diskMiB">;
  /** Cells run in /workspace where something is mounted there, else in /work. */
  mounts?: readonly JobMount[];
  /** Run id, for labels. */
  run: string;
  scope?: string;
  /** What one cell may say, in bytes: texts and pictures together. The rest is dropped. */
  outputBytesMax: number;
  /** Wall time in ms at which it ends. */
  deadlineMs: number;
}

export interface KernelReply {
  /** `died`: the kernel ended within the cell. `timeout`, `interrupted`: it was stopped; where that did not help, the kernel was started anew. */
  outcome: "ok" | "error" | "timeout" | "interrupted" | "died";
  stdout: string;
  stderr: string;
  /** The value of the last expression, as text. */
  result?: string;
  /** Without terminal codes. */
  error?: KernelError;
  displays: KernelDisplay[];
  /** Output was dropped. */
  truncated: boolean;
  durationMs: number;
  /** The variables of before are gone, and why. */
  stateLost?: string;
}

export interface KernelStatus {
  state: "starting" | "idle" | "busy" | "ended";
  /** Cells executed. */
  cells: number;
  /** How often it was started anew in its container. */
  restarts: number;
}

/** A Python kernel that keeps its variables from cell to cell. All that it says is its code's own word. */
export interface Kernel {
  readonly container: string;
  /**
   * Executes one cell, after those that were asked for before. What the code does wrong is in the reply.
   * Errors: `runner/kernel-ended` where there is none any more (open another one), `runner/cell-too-large`.
   */
  execute(code: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<KernelReply>;
  /** Stops the cell that runs: first as Ctrl+C does, then by another kernel. */
  interrupt(): Promise<void>;
  /** A new container: no variable, thread, patch, file or process is left. Errors: those of `openKernel`. */
  reset(): Promise<void>;
  status(): KernelStatus;
  close(): Promise<void>;
  /** Its container has ended, by itself or closed; never rejects. */
  readonly ended: Promise<SessionEnd>;
}

/**
 * Opens a kernel and waits until it answers; the signal stops the opening only. Errors: `runner/kernel-not-started`, and those of a container that
 * cannot be started (as `runJob`).
 */
export async function openKernel(engine: JobEngine, spec: KernelSpec, signal?: AbortSignal): Promise<Kernel> {
  signal?.throwIfAborted();
  const kernel = new LiveKernel(engine, spec);
  const stop = (): void => void kernel.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await kernel.up();
    return kernel;
  } catch (thrown) {
    await kernel.close();
    signal?.throwIfAborted();
    throw thrown;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
