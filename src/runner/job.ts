import type { JobNetwork } from "./network.ts";

/** A job: one program in one single-use container, files in, one result and artifacts out. */

export interface JobLimits {
  timeoutMs: number;
  memoryMiB: number;
  cpus: number;
  pids: number;
  /** stdout and stderr of the program together. */
  outputBytes: number;
  /** The writable tmpfs, counted against memory too. */
  diskMiB: number;
}

export const defaultLimits: JobLimits = {
  timeoutMs: 30_000,
  memoryMiB: 256,
  cpus: 1,
  pids: 64,
  outputBytes: 1024 * 1024,
  diskMiB: 64,
};

/** A file for the container. `path` is relative to /work, with `/`, e.g. `skill/scripts/main.py`, `files/prices.csv`. */
export interface JobFile {
  path: string;
  data: Uint8Array | string;
  /** Default 0o444. */
  mode?: number;
}

/** A named volume in a job. There are no other mounts. */
export interface JobMount {
  /** Name of a volume that `volume.ts` made; its labels are checked before the job starts. */
  volume: string;
  /** Absolute, in the container. */
  target: string;
  /** Whether the job may write there. */
  writes: boolean;
}

export interface JobSpec {
  /** Image id, `sha256:…`; never a tag, never pulled. */
  image: string;
  /** Run with the working directory `cwd`, default /work. */
  command: readonly string[];
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  files: readonly JobFile[];
  /** Written to the program's stdin. */
  stdin?: Uint8Array | string;
  limits: JobLimits;
  mounts?: readonly JobMount[];
  /** Without one the job has none at all. */
  network?: JobNetwork;
  /** No file may grow beyond this, wherever it lies; for jobs that write into a volume. */
  fileBytesMax?: number;
  /** Run id, for labels. */
  run: string;
  /** Digest of the state directory the run belongs to, for a label: a halt ends the jobs of its own. */
  scope?: string;
}

/** How it ended. `failed`: exit code other than 0; `crashed`: ended by a signal that nobody here sent, or the launcher broke. */
export type JobOutcome = "ok" | "failed" | "crashed" | "timeout" | "oom" | "output-overflow" | "cancelled";

export interface JobArtifact {
  /** Relative to /work/out. */
  path: string;
  data: Uint8Array;
}

export interface JobResult {
  outcome: JobOutcome;
  /** From the engine's wait, else undefined (killed before it was known). */
  exitCode: number | undefined;
  signal: string | undefined;
  oomKilled: boolean;
  stdout: Uint8Array;
  stderr: Uint8Array;
  artifacts: JobArtifact[];
  /** What was left out of the output folder and why: links, devices, too many, too large. */
  refused: { path: string; why: string }[];
  durationMs: number;
  container: string;
  /** Why, in words, where the outcome alone does not say it: a program that is not there, records that cannot be read. */
  detail?: string | undefined;
}
