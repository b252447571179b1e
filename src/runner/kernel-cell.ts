import { constants } from "node:os";
import { KernelOutput } from "./kernel-output.ts";
import type { BridgeMessage } from "./kernel-protocol.ts";
import type { KernelReply } from "./kernel.ts";

/** What can be done to a kernel that runs a cell, from mild to sure. */
export interface BridgeStop {
  /** As Ctrl+C does. */
  interrupt(): Promise<void>;
  /** Another kernel in the same container. */
  restart(): Promise<void>;
  /** The whole container. */
  end(): Promise<void>;
}

type Outcome = KernelReply["outcome"];

/** One cell from its start to its reply. What stops it is stepped up until it has ended, one way or the other. */
export class RunningCell {
  readonly id: number;
  /** Resolves when it has ended. */
  readonly over: Promise<void>;
  readonly #over = Promise.withResolvers<void>();
  readonly #output: KernelOutput;
  readonly #stop: BridgeStop;
  readonly #grace: { interruptGraceMs: number; restartGraceMs: number };
  #stopped: "timeout" | "interrupted" | undefined;
  #outcome: Outcome | undefined;
  #stateLost: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(id: number, outputBytesMax: number, stop: BridgeStop, grace: { interruptGraceMs: number; restartGraceMs: number }) {
    this.id = id;
    this.over = this.#over.promise;
    this.#output = new KernelOutput(outputBytesMax);
    this.#stop = stop;
    this.#grace = grace;
  }

  hear(message: Exclude<BridgeMessage, { t: "ready" | "died" }>): void {
    if (this.#outcome !== undefined) return;
    if (message.t !== "done") return this.#output.hear(message);
    this.#output.truncated ||= message.truncated;
    this.end(message.ok ? "ok" : "error");
  }

  /** Its time is over, or somebody does not want it any more. */
  stop(why: "timeout" | "interrupted"): void {
    if (this.#stopped !== undefined || this.#outcome !== undefined) return;
    this.#stopped = why;
    void this.#stop.interrupt();
    this.#later(this.#grace.interruptGraceMs, () => {
      void this.#stop.restart();
      this.#later(this.#grace.restartGraceMs, () => void this.#stop.end());
    });
  }

  /** Ended together with all variables. */
  lose(outcome: Outcome, why: string): void {
    if (this.#outcome !== undefined) return;
    this.#stateLost = this.#stopped === undefined ? why : `it did not stop when it was interrupted: ${why}`;
    this.end(outcome);
  }

  end(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = this.#stopped ?? outcome;
    this.settle();
    this.#over.resolve();
  }

  /** Nothing more is done to the kernel for its sake. */
  settle(): void {
    clearTimeout(this.#timer);
  }

  /** `lost` is what was lost before it began. */
  reply(durationMs: number, lost?: string): KernelReply {
    const { stdout, stderr, result, error, displays, truncated } = this.#output;
    const stateLost = this.#stateLost ?? lost;
    return {
      outcome: this.#outcome ?? "died",
      stdout,
      stderr,
      ...(result !== undefined && { result }),
      ...(error !== undefined && { error }),
      displays,
      truncated,
      durationMs,
      ...(stateLost !== undefined && { stateLost }),
    };
  }

  #later(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }
}

/** Why a kernel is gone, for people: its exit code (negative for a signal) as far as it is known, and whether memory ran out. */
export function describeDeath(code: number | undefined, memory: boolean, memoryMiB: number): string {
  if (memory) return `the kernel used more memory than its ${memoryMiB} MiB and was started anew`;
  if (code === undefined) return "the kernel was killed and started anew";
  const signal = Object.entries(constants.signals).find(([, number]) => number === -code)?.[0];
  return `the kernel ended by ${code < 0 ? (signal ?? `signal ${-code}`) : `exit ${code}`} and was started anew`;
}
