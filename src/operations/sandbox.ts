import type { Engine } from "../runner/engine.ts";
import type { JobFile, JobLimits, JobMount, JobResult } from "../runner/job.ts";
import type { SkillRunner } from "../skill/skill.ts";
import type { ToolAnswer, ToolRequest } from "./sandbox-tools.ts";
import type { AgentView } from "./sandbox-view.ts";
import type { ScratchChange } from "./tools/tool.ts";

/** The images that skills run in, and the one in which documents are read. */
export type SandboxRunner = SkillRunner | "documents";

/** A job of a tool, in a container that sees the agent's view of the repository and its scratch. */
export interface SandboxJob {
  runner: SandboxRunner;
  command: readonly string[];
  /** Below /work, beside the mounts. */
  files?: readonly JobFile[];
  stdin?: string | Uint8Array;
  /** Default /workspace. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  limits?: Partial<JobLimits>;
  /** Whether scratch/ may be written; default no. The repository never may. */
  writes?: boolean;
}

/** How a job ended, and what it left in scratch/. */
export interface SandboxResult extends JobResult {
  /** Files of scratch/ that are not as they were before; none of a job that does not write. */
  changes: readonly ScratchChange[];
  /** Changed files that `changes` does not name. */
  unlisted: number;
  /** It was stopped because scratch/ grew beyond its limit. */
  overfull: boolean;
}

export interface ToolJobOptions {
  /** Default shell. */
  runner?: SandboxRunner;
  /** Beside the program. */
  files?: readonly JobFile[];
  limits?: Partial<JobLimits>;
  writes?: boolean;
  /** Also in a scratch that is full: it makes room. */
  makesRoom?: boolean;
}

/** With what a container of the run is opened that lives longer than one job. It sees what jobs see, and may write into scratch/. */
export interface Residence {
  engine: Engine;
  /** Image id. */
  image: string;
  mounts: readonly JobMount[];
  cwd: string;
  run: string;
  scope: string;
  /** Aborted when scratch/ has grown beyond its limit while it lived. */
  full: AbortSignal;
  /** When the container is gone. */
  release(): void;
}

/**
 * The agent's workspace: /workspace holds the files of the commit that its policy lets it read, read-only, and /workspace/scratch is the run's own volume.
 * Nothing of the host is mounted.
 */
export interface Sandbox {
  /** Name of the scratch volume. */
  volume: string;
  view: AgentView;
  /** Files that should have been restored and cannot be had: too large to have been kept, or gone. */
  missing: readonly string[];
  /**
   * Runs a job. Before it starts: `sandbox/too-full` when scratch is above `scratch.bytesMax` and the job writes, `sandbox/no-memory` when the machine has
   * less than `scratch.freeMemoryMin` of its memory free. How the job ended is a value; an aborted one rejects with the reason. Jobs that write run one after another, others beside them.
   */
  run(job: SandboxJob, signal: AbortSignal): Promise<SandboxResult>;
  /** Runs a program of ours on the files of the workspace, under the same limits. Rejects with the signal's reason when it is aborted. */
  tool(request: ToolRequest, options: ToolJobOptions, signal: AbortSignal): Promise<{ answer: ToolAnswer; result: SandboxResult }>;
  /** For a container that lives longer than a job; what it does is done within `writing`. Error: `sandbox/no-memory`. */
  residence(runner: SandboxRunner): Promise<Residence>;
  /** Work of such a container, alone among those that write, and looked at afterwards. Before it starts: `sandbox/too-full`. */
  writing<T>(work: () => Promise<T>, signal: AbortSignal): Promise<{ value: T; changes: readonly ScratchChange[]; unlisted: number }>;
  /** Waits until its containers are removed; the scratch stays. */
  close(): Promise<void>;
}
