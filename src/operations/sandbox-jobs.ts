import { AgentctlError } from "../base/errors.ts";
import type { Engine } from "../runner/engine.ts";
import type { JobLimits, JobMount, JobResult, JobSpec } from "../runner/job.ts";
import { runJob } from "../runner/run-job.ts";
import { hostMemory, requireMemory, requireRoom, type MachineMemory, type ScratchLimits } from "./sandbox-limits.ts";
import { manifestText, readReport, type ScratchReport, type ScratchState } from "./sandbox-report.ts";
import { readAnswer, toolJob, type ToolAnswer, type ToolRequest } from "./sandbox-tools.ts";
import type { ScratchChange } from "./tools/tool.ts";
import { watchScratch } from "./sandbox-watch.ts";
import type { Residence, SandboxJob, SandboxResult, SandboxRunner, ToolJobOptions } from "./sandbox.ts";

export interface SandboxPlace {
  engine: Engine;
  /** Image id of a runner. */
  image(runner: SandboxRunner): Promise<string>;
  /** Makes the view again, when somebody removed it. */
  openView(): Promise<string>;
  volumes: { view: string; scratch: string };
  labels: { run: string; scope: string };
  limits: JobLimits;
  scratchLimits: ScratchLimits;
  stateDir: string;
  /** Undefined when nobody has looked yet. */
  state: ScratchState | undefined;
}

export const workspace = "/workspace";
/** Files in memory, such as the job's own, count against the largest file too; below this a job could not even start. */
const fileBytesLeast = 64 * 1024 * 1024;
const reportLimits = { timeoutMs: 60_000, memoryMiB: 256, cpus: 1, pids: 32, outputBytes: 1024 * 1024, diskMiB: 64 };

/** The jobs of one sandbox. What lies in its scratch is known from the last report. */
export class SandboxJobs {
  readonly #place: SandboxPlace;
  #view: string;
  #state: ScratchState | undefined;
  #memory: MachineMemory | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(place: SandboxPlace) {
    this.#place = place;
    this.#view = place.volumes.view;
    this.#state = place.state;
  }

  async run(job: SandboxJob, signal: AbortSignal): Promise<SandboxResult> {
    if (job.writes !== true) return unchanged(await this.#start(job, signal));
    return this.#alone(signal, async () => {
      const state = await this.#known(signal);
      requireRoom(state, this.#place.scratchLimits);
      const watch = watchScratch(this.#place.scratchLimits.bytesMax, (watching, stop) => this.#start(watching, stop));
      const result = await this.#start(job, AbortSignal.any([signal, watch.full]), fileBytes(state, this.#place.scratchLimits)).finally(() => watch.close());
      this.#requireGoing(signal);
      // The job may be the agent's own program, so what it left is looked at from another container, when it is gone.
      const report = await this.#look(AbortSignal.any([]));
      return { ...result, changes: report.changes, unlisted: report.unlisted, overfull: watch.full.aborted };
    });
  }

  async tool(request: ToolRequest, options: ToolJobOptions, signal: AbortSignal): Promise<{ answer: ToolAnswer; result: SandboxResult }> {
    const { runner = "shell", files = [], limits = {}, writes = false, makesRoom = false } = options;
    if (!writes) {
      const result = unchanged(await this.#start({ runner, ...toolJob(request, files), limits }, signal));
      signal.throwIfAborted();
      return { answer: readAnswer(result), result };
    }
    return this.#alone(signal, async () => {
      const state = await this.#known(signal);
      if (!makesRoom) requireRoom(state, this.#place.scratchLimits);
      const before = { path: "before.json", data: manifestText(state) };
      const job = { runner, ...toolJob({ ...request, report: true }, [...files, before]), limits: { ...limits, ...larger(limits) }, writes };
      const result = await this.#start(job, signal, fileBytes(state, this.#place.scratchLimits));
      this.#requireGoing(signal);
      // Our own program, alone in its container: its report counts. Where it did not get so far, another one looks.
      const wrote = result.artifacts.some(({ path }) => path === "report.json");
      const report = wrote ? this.#learn(readReport(result, this.#place.stateDir)) : await this.#look(AbortSignal.any([]));
      signal.throwIfAborted();
      return { answer: readAnswer(result), result: { ...result, changes: report.changes, unlisted: report.unlisted, overfull: false } };
    });
  }

  async residence(runner: SandboxRunner): Promise<Residence> {
    const { engine, labels, volumes, scratchLimits } = this.#place;
    requireMemory(hostMemory(engine.info) ?? this.#memory, scratchLimits);
    this.#view = await this.#place.openView();
    const image = await this.#place.image(runner);
    const watch = watchScratch(scratchLimits.bytesMax, (watching, stop) => this.#start(watching, stop));
    const mounts = mountsOf(this.#view, volumes.scratch, true);
    return { engine, image, mounts, cwd: workspace, ...labels, full: watch.full, release: () => watch.close() };
  }

  async writing<T>(work: () => Promise<T>, signal: AbortSignal): Promise<{ value: T; changes: readonly ScratchChange[]; unlisted: number }> {
    return this.#alone(signal, async () => {
      requireRoom(await this.#known(signal), this.#place.scratchLimits);
      try {
        const value = await work();
        this.#requireGoing(signal);
        const { changes, unlisted } = await this.#look(AbortSignal.any([]));
        return { value, changes, unlisted };
      } catch (thrown) {
        // What it left is looked at before anything else writes.
        this.#state = undefined;
        throw thrown;
      }
    });
  }

  /** Jobs that write run one after another: only so is it known whose change is whose. */
  async #alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.#writing = turn.catch(() => undefined);
    return turn;
  }

  async #known(signal: AbortSignal): Promise<ScratchState> {
    return this.#state ?? (await this.#look(signal)).state;
  }

  /** Of work that was stopped nobody waits for a report: whoever writes next looks first. */
  #requireGoing(signal: AbortSignal): void {
    if (signal.aborted) this.#state = undefined;
    signal.throwIfAborted();
  }

  async #look(signal: AbortSignal): Promise<ScratchReport> {
    const before = this.#state === undefined ? [] : [{ path: "before.json", data: manifestText(this.#state) }];
    // Unknown until it is told: what could not be looked at is looked at again before anything else writes.
    this.#state = undefined;
    const job = { runner: "shell" as const, ...toolJob({ op: "report", report: true }, before), limits: reportLimits, writes: true };
    const result = await this.#start(job, signal);
    signal.throwIfAborted();
    return this.#learn(readReport(result, this.#place.stateDir));
  }

  #learn(report: ScratchReport): ScratchReport {
    this.#state = report.state;
    this.#memory = report.memory;
    return report;
  }

  async #start(job: SandboxJob, signal: AbortSignal, fileBytesMax?: number): Promise<JobResult> {
    const { engine, limits, labels, volumes, scratchLimits } = this.#place;
    requireMemory(hostMemory(engine.info) ?? this.#memory, scratchLimits);
    const image = await this.#place.image(job.runner);
    const spec = (): JobSpec => ({
      image,
      command: job.command,
      cwd: job.cwd ?? workspace,
      files: job.files ?? [],
      ...(job.env !== undefined && { env: job.env }),
      ...(job.stdin !== undefined && { stdin: job.stdin }),
      limits: { ...limits, ...job.limits },
      mounts: mountsOf(this.#view, volumes.scratch, job.writes === true),
      ...(fileBytesMax !== undefined && { fileBytesMax }),
      ...labels,
    });
    try {
      return await runJob(engine, spec(), { signal });
    } catch (thrown) {
      if (!isGone(thrown, this.#view)) throw thrown;
      this.#view = await this.#place.openView();
      return runJob(engine, spec(), { signal });
    }
  }
}

function mountsOf(view: string, scratch: string, writes: boolean): JobMount[] {
  return [
    { volume: view, target: workspace, writes: false },
    { volume: scratch, target: `${workspace}/scratch`, writes },
  ];
}

function unchanged(result: JobResult): SandboxResult {
  return { ...result, changes: [], unlisted: 0, overfull: false };
}

function fileBytes({ usage }: ScratchState, { bytesMax }: ScratchLimits): number {
  return Math.max(fileBytesLeast, bytesMax - usage);
}

/** Room for the report beside the tool's own work. */
function larger({ diskMiB = 0, memoryMiB = 0 }: Partial<JobLimits>): Pick<JobLimits, "diskMiB" | "memoryMiB"> {
  return { diskMiB: Math.max(reportLimits.diskMiB, diskMiB), memoryMiB: Math.max(reportLimits.memoryMiB, memoryMiB) };
}

function isGone(thrown: unknown, volume: string): boolean {
  if (!(thrown instanceof AgentctlError) || thrown.code !== "runner/no-volume") return false;
  return (thrown.details as { volume?: unknown } | undefined)?.volume === volume;
}
