import type { JobFile, JobLimits, JobResult } from "../runner/job.ts";
import type { SkillRunner } from "../skill/skill.ts";

/** A job of a tool, in a container that sees the agent's view of the repository and its scratch. */
export interface SandboxJob {
  runner: SkillRunner;
  command: readonly string[];
  /** Below /work, beside the mounts. */
  files?: readonly JobFile[];
  stdin?: string | Uint8Array;
  /** Default /workspace. */
  cwd?: string;
  limits?: Partial<JobLimits>;
  /** Whether scratch/ may be written; default no. The repository never may. */
  writes?: boolean;
}

/**
 * The agent's workspace: /workspace holds the files of the commit that its policy lets it read, read-only, and /workspace/scratch is the run's own volume.
 * Nothing of the host is mounted.
 */
export interface Sandbox {
  /** Name of the scratch volume. */
  volume: string;
  /**
   * Runs a job. Before it starts: `sandbox/too-full` when scratch is above `scratch.bytesMax`, `sandbox/no-memory` when the machine has less than
   * `scratch.freeMemoryMin` of its memory free. How the job ended is a value.
   */
  run(job: SandboxJob, signal: AbortSignal): Promise<JobResult>;
}
