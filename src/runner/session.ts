import type { Duplex } from "node:stream";
import { systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { Conversation } from "./conversation.ts";
import { FlowLimit } from "./flow-limit.ts";
import { packFiles } from "./job-files.ts";
import { settleLater, type JobEngine } from "./job-engine.ts";
import type { JobFile, JobLimits, JobMount, JobOutcome } from "./job.ts";
import { LineReader } from "./line-reader.ts";
import { LiveContainer, type EngineWord } from "./live-container.ts";
import type { JobNetwork } from "./network.ts";
import { judge } from "./outcome.ts";
import { encodeHeader, windowBytes } from "./protocol.ts";
import { needsOf } from "./run-job.ts";
import { SendWindow } from "./send-window.ts";
import { environment, reapLimitMs } from "./slot.ts";
import { within } from "./within.ts";

/** A container that talks for as long as it lives: lines in, lines out. */
export interface SessionSpec {
  /** Image id, `sha256:…`. */
  image: string;
  command: readonly string[];
  /** Default /work. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  files: readonly JobFile[];
  limits: Pick<JobLimits, "memoryMiB" | "cpus" | "pids" | "diskMiB">;
  mounts?: readonly JobMount[];
  network?: JobNetwork;
  /** Run id, for labels. */
  run: string;
  scope?: string;
  /** Wall time in ms at which it ends as `timeout`, and after which anybody may remove it. */
  deadlineMs: number;
  /** A line from the program may be this long at most; a longer one ends the session as `output-overflow`. */
  lineBytesMax: number;
}

export interface SessionEnd {
  outcome: JobOutcome;
  exitCode: number | undefined;
  oomKilled: boolean;
  /** Why, in words, where the outcome alone does not say it. */
  detail?: string | undefined;
}

export interface Session {
  /** Empty until it is created. */
  readonly container: string;
  /** The program has been started. Rejects where that cannot be done, as `runJob` does, or with `runner/session-ended`. */
  readonly ready: Promise<void>;
  /** One line to the program's stdin; waits while the program is behind with reading. Errors: `runner/session-ended`, `runner/bad-line`. */
  send(line: string): Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<SessionEnd>;
  /** Ends its stdin, kills and removes it. */
  close(): Promise<void>;
}

/** Called as things happen, one after another; none of them may throw. */
export interface SessionEars {
  onLine(line: string): void;
  onStderr?(data: Uint8Array): void;
  /** Something in the container was killed for memory; the session may go on. */
  onOom?(): void;
  /** Aborting kills it; the outcome is `cancelled`. */
  signal?: AbortSignal;
}

/** Opens one and returns at once; what goes wrong is said by `ready` and `ended`. */
export function openSession(engine: JobEngine, spec: SessionSpec, hear: SessionEars): Session {
  return new LiveSession(engine, spec, hear);
}

/** A timer of more would fire at once. */
const timerLimitMs = 2_147_483_647;

class LiveSession implements Session {
  readonly ready: Promise<void>;
  readonly ended: Promise<SessionEnd>;
  readonly #conversation = new Conversation();
  readonly #container: LiveContainer;
  readonly #started = Promise.withResolvers<void>();
  readonly #killed = Promise.withResolvers<void>();
  readonly #sent: Promise<void>;
  readonly #lines: LineReader;
  readonly #flow = new FlowLimit();
  readonly #window = new SendWindow(windowBytes, (bytes) => this.#stream?.write(bytes));
  readonly #hear: SessionEars;
  #end: Partial<SessionEnd> & { killed?: true } = {};
  #isOver = false;
  #stream: Duplex | undefined;

  constructor(engine: JobEngine, spec: SessionSpec, hear: SessionEars) {
    this.#hear = hear;
    this.#lines = new LineReader(spec.lineBytesMax);
    this.#container = new LiveContainer(engine, needsOf(spec, spec.deadlineMs), this.#conversation);
    this.#container.onOom = () => hear.onOom?.();
    this.#sent = this.#sendJob(spec);
    this.#sent.catch(() => {});
    this.ready = this.#started.promise;
    this.ready.catch(() => {});
    this.ended = this.#run(spec);
    void settleLater(
      engine,
      this.ended.then(() => this.#container.remove()),
    );
  }

  get container(): string {
    return this.#container.id;
  }

  async send(line: string): Promise<void> {
    if (line.includes("\n")) throw new AgentctlError("runner/bad-line", "a line to a session holds a line end");
    await this.#sent;
    if (this.#isOver) throw sessionEnded();
    await Promise.race([this.#window.send(Buffer.from(`${line}\n`)), this.ended]);
    if (this.#isOver) throw sessionEnded();
  }

  async close(): Promise<void> {
    this.#kill({ outcome: "cancelled" });
    await this.#container.remove();
    await this.ended;
  }

  async #sendJob(spec: SessionSpec): Promise<void> {
    const tar = await packFiles(spec.files, spec.limits);
    const header = encodeHeader({
      command: spec.command,
      cwd: spec.cwd ?? "/work",
      env: environment(spec),
      timeoutMs: Math.max(0, spec.deadlineMs - systemClock.nowMs()),
      outputBytes: 0,
      tarBytes: tar.length,
      stdinBytes: 0,
      artifactBytes: 0,
      artifactCount: 0,
      live: true,
    });
    this.#conversation.listen({
      onStarted: () => this.#started.resolve(),
      onTook: (bytes) => this.#window.took(bytes),
      onStdout: (data) => this.#hearOutput(data),
      onStderr: (data) => {
        if (this.#flows(data)) this.#hear.onStderr?.(data);
      },
    });
    this.#stream = await this.#container.attached;
    this.#stream.write(Buffer.concat([header, tar]));
  }

  #hearOutput(data: Uint8Array): void {
    if (!this.#flows(data)) return;
    for (const line of this.#lines.push(data)) this.#hear.onLine(line);
    if (this.#lines.tooLong) this.#kill({ outcome: "output-overflow", detail: "a line was longer than allowed" });
  }

  /** False once too much came too fast: from then on nothing is heard any more. */
  #flows(data: Uint8Array): boolean {
    if (this.#end.killed) return false;
    if (this.#flow.take(data.length, systemClock.monotonicMs())) return true;
    this.#kill({ outcome: "output-overflow", detail: "more output than can be followed" });
    return false;
  }

  #kill(end: Partial<SessionEnd>): void {
    if (this.#end.killed) return;
    this.#end = { ...end, killed: true };
    this.#killed.resolve();
    void this.#container.kill();
  }

  async #run(spec: SessionSpec): Promise<SessionEnd> {
    const { signal } = this.#hear;
    const cancel = (): void => this.#kill({ outcome: "cancelled" });
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    const leftMs = Math.min(timerLimitMs, Math.max(0, spec.deadlineMs - systemClock.nowMs()));
    const deadline = setTimeout(() => this.#kill({ outcome: "timeout" }), leftMs);
    try {
      await this.#sent;
      await this.#container.started;
      return this.#judge(await this.#word());
    } catch (thrown) {
      this.#started.reject(thrown);
      return { outcome: "crashed", exitCode: undefined, oomKilled: this.#container.sawOom, detail: messageOf(thrown), ...this.#told };
    } finally {
      this.#isOver = true;
      clearTimeout(deadline);
      signal?.removeEventListener("abort", cancel);
      this.#started.reject(sessionEnded());
    }
  }

  /** The engine's word on how it ended; undefined where it does not come. */
  async #word(): Promise<EngineWord | undefined> {
    const ended = this.#container.ended();
    await Promise.race([ended, this.#conversation.over, this.#killed.promise]);
    if (this.#conversation.fault !== undefined) void this.#container.kill();
    return (await within(ended, reapLimitMs)) ? ended : undefined;
  }

  #judge(word: EngineWord | undefined): SessionEnd {
    const { last, fault } = this.#conversation;
    const oomKilled = (word?.oomKilled ?? this.#container.sawOom) || (last?.t === "exit" && last.oomKills > 0);
    const { outcome, exitCode, detail } = judge({ cancelled: false, killedForTime: false, fault, record: last, waitCode: word?.exitCode, oomKilled });
    if (last?.t === "fail") this.#started.reject(new AgentctlError("runner/session-ended", `the session did not start: ${last.why}`));
    return { outcome, exitCode, oomKilled, detail, ...this.#told };
  }

  /** What the host did to it counts before anything that followed. */
  get #told(): Partial<SessionEnd> {
    const { outcome, detail } = this.#end;
    return outcome === undefined ? {} : { outcome, detail };
  }
}

function sessionEnded(): AgentctlError {
  return new AgentctlError("runner/session-ended", "the session has ended");
}
