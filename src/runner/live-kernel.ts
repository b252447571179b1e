import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { JobEngine } from "./job-engine.ts";
import { describeDeath, RunningCell, type BridgeStop } from "./kernel-cell.ts";
import { readBridgeLine, type BridgeMessage, type BridgeRequest } from "./kernel-protocol.ts";
import type { Kernel, KernelReply, KernelSpec, KernelStatus } from "./kernel.ts";
import { openSession, type Session, type SessionEnd } from "./session.ts";

const startLimitMs = 60_000;
/** How long an interrupted cell may take to end, and after that the old kernel. */
const grace = { interruptGraceMs: 2_000, restartGraceMs: 5_000 };
const codeBytesMax = 1024 * 1024;

/** One container, and what is known of the kernel in it. */
interface Life {
  session: Session;
  /** A kernel waits for cells; made anew when it died. */
  ready: PromiseWithResolvers<void>;
  isReady: boolean;
  errors: string;
  oom: boolean;
}

/** A kernel behind its bridge, in one container after another. */
export class LiveKernel implements Kernel {
  readonly ended: Promise<SessionEnd>;
  readonly #ended = Promise.withResolvers<SessionEnd>();
  readonly #engine: JobEngine;
  readonly #spec: KernelSpec;
  #life: Life;
  #turn: Promise<unknown> = Promise.resolve();
  #cell: RunningCell | undefined;
  /** The variables are gone since the last reply. */
  #lost: string | undefined;
  #isOver = false;
  #cells = 0;
  #restarts = 0;

  constructor(engine: JobEngine, spec: KernelSpec) {
    this.#engine = engine;
    this.#spec = spec;
    this.ended = this.#ended.promise;
    this.#life = this.#begin();
  }

  get container(): string {
    return this.#life.session.container;
  }

  status(): KernelStatus {
    const { isReady } = this.#life;
    const state = this.#isOver ? "ended" : this.#cell !== undefined ? "busy" : isReady ? "idle" : "starting";
    return { state, cells: this.#cells, restarts: this.#restarts };
  }

  /** Resolves when it waits for cells. */
  async up(): Promise<void> {
    const life = this.#life;
    if (life.isReady && !this.#isOver) return;
    await life.session.ready;
    const late = new AbortController();
    try {
      await Promise.race([
        life.ready.promise,
        life.session.ended.then((end) => {
          throw notStarted(end.outcome === "oom" ? "it needs more memory than it may have" : life.errors || end.detail || end.outcome);
        }),
        wait(startLimitMs, undefined, { signal: late.signal }).then(() => {
          throw notStarted(`it did not answer within ${startLimitMs / 1000} s`);
        }),
      ]);
    } finally {
      late.abort();
    }
  }

  async execute(code: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<KernelReply> {
    if (Buffer.byteLength(code) > codeBytesMax) {
      throw new AgentctlError("runner/cell-too-large", `a cell has more than ${codeBytesMax} bytes`, { hint: "put data into a file", exit: "usage" });
    }
    const turn = this.#turn.then(() => this.#execute(code, options));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async interrupt(): Promise<void> {
    const cell = this.#cell;
    if (cell === undefined) return;
    cell.stop("interrupted");
    await cell.over;
  }

  async reset(): Promise<void> {
    if (this.#isOver) throw kernelEnded();
    const old = this.#life;
    this.#cell?.lose("died", "the kernel was reset");
    this.#life = this.#begin();
    this.#lost = undefined;
    await Promise.all([old.session.close(), this.up()]);
  }

  async close(): Promise<void> {
    await this.#life.session.close();
    await this.ended;
  }

  #begin(): Life {
    const { bridge, limits, mounts = [], outputBytesMax, ...rest } = this.#spec;
    const file = "sidecar/sidecar_bridge.py";
    const session = openSession(
      this.#engine,
      {
        ...rest,
        limits,
        mounts,
        command: ["python3", "-I", "-B", `/work/${file}`, String(outputBytesMax)],
        cwd: mounts.some(({ target }) => target === "/workspace") ? "/workspace" : "/work",
        files: [{ path: file, data: bridge }],
        lineBytesMax: 2 * outputBytesMax + 2 * 1024 * 1024,
      },
      {
        onLine: (line) => this.#hear(life, line),
        onStderr: (data) => {
          life.errors = (life.errors + Buffer.from(data).toString("utf8")).slice(-2000);
        },
        onOom: () => {
          life.oom = true;
        },
      },
    );
    const life: Life = { session, ready: deferred(), isReady: false, errors: "", oom: false };
    void session.ended.then((end) => this.#gone(life, end));
    return life;
  }

  #hear(life: Life, line: string): void {
    if (life !== this.#life) return;
    const message = readBridgeLine(line);
    if (message === undefined) {
      life.errors = "the bridge said what no bridge says";
      void life.session.close();
    } else if (message.t === "ready") {
      life.isReady = true;
      life.ready.resolve();
    } else if (message.t === "died") this.#died(life, message);
    else if (message.id === this.#cell?.id) this.#cell.hear(message);
  }

  /** Killed by the bridge, or by itself; the bridge starts another one. */
  #died(life: Life, { code, memory }: Extract<BridgeMessage, { t: "died" }>): void {
    this.#restarts += 1;
    if (life.isReady) life.ready = deferred();
    life.isReady = false;
    const why = describeDeath(code, memory || life.oom, this.#spec.limits.memoryMiB);
    life.oom = false;
    if (this.#cell === undefined) this.#lost = why;
    else this.#cell.lose("died", why);
  }

  #gone(life: Life, end: SessionEnd): void {
    if (life !== this.#life) return;
    this.#isOver = true;
    this.#cell?.lose("died", end.outcome === "oom" ? describeDeath(undefined, true, this.#spec.limits.memoryMiB) : `its container ended (${end.outcome})`);
    this.#ended.resolve(life.errors === "" ? end : { ...end, detail: end.detail ?? life.errors.trim() });
  }

  async #execute(code: string, { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<KernelReply> {
    if (this.#isOver) throw kernelEnded();
    const life = this.#life;
    await this.up().catch(async () => {
      await life.session.close();
      throw kernelEnded();
    });
    const stopper: BridgeStop = {
      interrupt: () => this.#tell(life, { op: "interrupt" }),
      restart: () => this.#tell(life, { op: "restart" }),
      end: () => life.session.close(),
    };
    const cell = new RunningCell((this.#cells += 1), this.#spec.outputBytesMax, stopper, grace);
    const lost = this.#lost;
    this.#lost = undefined;
    life.oom = false;
    this.#cell = cell;
    const startedMs = systemClock.monotonicMs();
    const timer = setTimeout(() => cell.stop("timeout"), timeoutMs);
    const abort = (): void => cell.stop("interrupted");
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (signal?.aborted === true) cell.end("interrupted");
      else await Promise.race([this.#tell(life, { op: "execute", id: cell.id, code }), cell.over]);
      await cell.over;
      return cell.reply(systemClock.monotonicMs() - startedMs, lost);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      cell.settle();
      this.#cell = undefined;
    }
  }

  /** Whoever cannot be told has ended, and that is heard of elsewhere. */
  async #tell(life: Life, request: BridgeRequest): Promise<void> {
    await life.session.send(JSON.stringify(request)).catch(() => undefined);
  }
}

function deferred(): PromiseWithResolvers<void> {
  return Promise.withResolvers<void>();
}

function notStarted(why: string): AgentctlError {
  return new AgentctlError("runner/kernel-not-started", `the Python kernel did not start: ${why.trim().split("\n").at(-1) ?? ""}`, {
    hint: "agentctl runner build python; the kernel needs about 150 MiB and 24 processes",
  });
}

function kernelEnded(): AgentctlError {
  return new AgentctlError("runner/kernel-ended", "the Python kernel has ended");
}
