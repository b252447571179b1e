import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { readArtifacts } from "./artifacts.ts";
import type { ContainerNeeds } from "./container.ts";
import { Conversation } from "./conversation.ts";
import { engineError } from "./engine-errors.ts";
import { packFiles } from "./job-files.ts";
import { settleLater, type JobEngine } from "./job-engine.ts";
import type { JobResult, JobSpec } from "./job.ts";
import { LiveContainer, type EngineWord } from "./live-container.ts";
import { judge } from "./outcome.ts";
import { encodeHeader, protocolLimits, recordLimits } from "./protocol.ts";
import { within } from "./within.ts";

/** Beyond the limit inside: the second between SIGTERM and SIGKILL, the artifacts' way out, a slow engine. */
export const backstopMs = 5_000;
/** How long a killed container may take to end. */
export const reapLimitMs = 30_000;

/** What a job adds to the slot it runs in. */
export type SlotJob = Omit<JobSpec, "image" | "run" | "scope" | "mounts" | "fileBytesMax" | "network">;

export interface JobOptions {
  /** Aborting kills the job; the outcome is `cancelled`. */
  signal?: AbortSignal | undefined;
  /** The program's stderr as it comes. */
  onStderr?: ((data: Uint8Array) => void) | undefined;
  /**
   * Wait for the engine's own exit code and memory verdict (default). Without it the result stands on the launcher's last record,
   * which is the job's own word, and comes 25 ms earlier; the engine's word follows through `onSettled`.
   */
  confirm?: boolean | undefined;
  onSettled?: ((word: EngineWord) => void) | undefined;
}

/** A single-use container, started ahead, blocked on its stdin until its one job comes. */
export interface Slot {
  readonly needs: ContainerNeeds;
  /** The launcher waits for its job. Rejects when the container could not be started. */
  readonly ready: Promise<void>;
  /** False once it has ended. */
  readonly usable: boolean;
  run(job: SlotJob, options?: JobOptions): Promise<JobResult>;
  /** Removes it unused. */
  discard(): Promise<void>;
}

/** Starts a slot and returns at once; what goes wrong is said by `ready` and `run`. */
export function startSlot(engine: JobEngine, needs: ContainerNeeds): Slot {
  const conversation = new Conversation();
  const container = new LiveContainer(engine, needs, conversation);
  const ready = container.started.then(() => Promise.race([conversation.ready, conversation.over]));
  ready.catch(() => {});
  let used = false;
  return {
    needs,
    ready,
    get usable() {
      return !used && !container.closed && conversation.fault === undefined;
    },
    run(job, options = {}) {
      if (used) throw new AgentctlError("runner/slot-used", "a slot runs one job only");
      used = true;
      return runIn(container, conversation, job, options);
    },
    discard() {
      used = true;
      return container.remove();
    },
  };
}

/** What the host did to a job, besides letting it run. */
class Deeds {
  cancelled = false;
  killedForTime = false;
  /** Resolves when it was killed. */
  readonly killed: Promise<void>;
  readonly #killed = Promise.withResolvers<void>();
  readonly #container: LiveContainer;

  constructor(container: LiveContainer) {
    this.#container = container;
    this.killed = this.#killed.promise;
  }

  kill(why: "cancelled" | "killedForTime" | "fault"): void {
    if (why !== "fault") this[why] = true;
    this.#killed.resolve();
    void this.#container.kill();
  }
}

async function runIn(container: LiveContainer, conversation: Conversation, job: SlotJob, options: JobOptions): Promise<JobResult> {
  const startedMs = systemClock.monotonicMs();
  const deeds = new Deeds(container);
  const cancel = (): void => deeds.kill("cancelled");
  if (options.signal?.aborted) cancel();
  else options.signal?.addEventListener("abort", cancel, { once: true });
  let backstop: NodeJS.Timeout | undefined;
  try {
    if (deeds.cancelled) return await result(container, conversation, job, deeds, undefined, startedMs);
    await send(container, conversation, job, options);
    await container.started;
    backstop = setTimeout(() => deeds.kill("killedForTime"), job.limits.timeoutMs + backstopMs);
    const word = await end(container, conversation, deeds, options);
    return await result(container, conversation, job, deeds, word, startedMs);
  } finally {
    clearTimeout(backstop);
    options.signal?.removeEventListener("abort", cancel);
    void settleLater(container.engine, settle(container, options));
  }
}

/** What is left to do when the result is there: the engine's word, if the result did not wait for it, and the removal. */
async function settle(container: LiveContainer, options: JobOptions): Promise<void> {
  if (options.confirm === false) {
    const ended = container.ended();
    ended.then(options.onSettled, () => {});
    await within(ended, reapLimitMs);
  }
  await container.remove();
}

/** Writes the job; the engine keeps it until the launcher reads. */
async function send(container: LiveContainer, conversation: Conversation, job: SlotJob, options: JobOptions): Promise<void> {
  const tar = await packFiles(job.files, job.limits);
  const stdin = Buffer.from(job.stdin ?? "");
  const header = encodeHeader({
    command: job.command,
    cwd: job.cwd ?? "/work",
    env: environment(job),
    timeoutMs: job.limits.timeoutMs,
    outputBytes: job.limits.outputBytes,
    tarBytes: tar.length,
    stdinBytes: stdin.length,
    artifactBytes: job.limits.diskMiB * 1024 * 1024,
    artifactCount: protocolLimits.artifacts,
  });
  conversation.expect(recordLimits(job.limits), options.onStderr);
  const stream = await container.attached;
  stream.write(Buffer.concat([header, tar, stdin]));
}

/** Laid over what the image declares. One thread a CPU: numeric libraries else start one for every CPU of the machine, against the pids limit. */
export function environment(job: { limits: Pick<JobSpec["limits"], "cpus">; env?: Readonly<Record<string, string>> }): Record<string, string> {
  const threads = String(Math.max(1, Math.round(job.limits.cpus)));
  return {
    AGENTCTL_OUT: "/work/out",
    HOME: "/tmp",
    TMPDIR: "/tmp",
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    ...job.env,
  };
}

/** Waits for the end: for the engine's word, or with `confirm: false` for the launcher's last record when it comes first. */
async function end(container: LiveContainer, conversation: Conversation, deeds: Deeds, options: JobOptions): Promise<EngineWord | undefined> {
  const ended = container.ended();
  const first = await Promise.race([ended, conversation.over, deeds.killed]);
  if (typeof first === "object") return first;
  if (conversation.fault !== undefined) deeds.kill("fault");
  else if (conversation.last !== undefined && options.confirm === false) {
    ended.catch(() => {});
    return undefined;
  }
  if (!(await within(ended, reapLimitMs))) throw engineError(new Error("a container does not end"), "a job was ending");
  return ended;
}

async function result(
  container: LiveContainer,
  conversation: Conversation,
  job: SlotJob,
  deeds: Deeds,
  word: EngineWord | undefined,
  startedMs: number,
): Promise<JobResult> {
  const { artifacts, refused, fault } = await readArtifacts(conversation.tar.bytes(), {
    count: protocolLimits.artifacts,
    bytes: job.limits.diskMiB * 1024 * 1024,
  });
  const last = conversation.last;
  const oomKilled = (word?.oomKilled ?? container.sawOom) || (last?.t === "exit" && last.oomKills > 0);
  const end = judge({
    cancelled: deeds.cancelled,
    killedForTime: deeds.killedForTime,
    fault: conversation.fault ?? fault,
    record: last,
    waitCode: word?.exitCode,
    oomKilled,
  });
  return {
    outcome: end.outcome,
    exitCode: end.exitCode,
    signal: end.signal,
    oomKilled,
    stdout: conversation.stdout.bytes(),
    stderr: conversation.stderr.bytes(),
    artifacts,
    refused: [...conversation.refused, ...refused],
    durationMs: systemClock.monotonicMs() - startedMs,
    container: container.id,
    detail: detail(end.detail, conversation),
  };
}

/** With what the launcher itself complained about, when it broke. */
function detail(said: string | undefined, conversation: Conversation): string | undefined {
  if (said === undefined || conversation.complaint.length === 0) return said;
  const lines = conversation.complaint.bytes().toString("utf8").trim().split("\n");
  return `${said} (${(lines.at(-1) ?? "").slice(0, 200)})`;
}
