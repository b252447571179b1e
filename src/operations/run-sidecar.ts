import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { SidecarEnded } from "../event/sidecar-events.ts";
import type { Kernel, KernelReply } from "../runner/kernel.ts";
import type { SessionEnd } from "../runner/session.ts";
import type { OpenRun } from "./in-run.ts";
import { keepPictures, type KeptPictures } from "./sidecar-pictures.ts";
import type { ScratchChange } from "./tools/tool.ts";

/** What a kernel is opened with; known before it starts, so that it can be on record. */
export interface KernelPlan {
  /** Image id. */
  image: string;
  limits: Readonly<Record<string, number>>;
  open(signal: AbortSignal): Promise<Kernel>;
  /** Aborted when what it writes has outgrown its place. */
  full?: AbortSignal;
  /** When its kernel is gone. */
  release(): void;
}

export interface SidecarPlace {
  open: OpenRun;
  root: string;
  idleMs: number;
  plan(signal: AbortSignal): Promise<KernelPlan>;
  /** Runs a cell where it may write, and says what it left. */
  writing<T>(work: () => Promise<T>, signal: AbortSignal): Promise<{ value: T; changes: readonly ScratchChange[]; unlisted: number }>;
  /** Why the variables of an earlier kernel of this run are gone, where there was one. */
  lost?: string | undefined;
}

export interface CellAsked {
  code: string;
  timeoutMs: number;
  /** Forgets everything first. */
  reset?: boolean;
  /** Names the call; its pictures are named for it. */
  key: string;
}

export interface CellAnswer extends KeptPictures {
  reply: KernelReply;
  /** What whoever reads the answer has to know first: that variables are gone, and why. */
  notices: string[];
  changes: readonly ScratchChange[];
  unlisted: number;
}

interface Living {
  sidecar: string;
  kernel: Kernel;
  plan: KernelPlan;
  startedMs: number;
  cells: number;
}

type EndWhy = SidecarEnded["why"];

/** The Python kernel of one run: opened at first use, one cell at a time, started anew when it was lost. Each life of its variables is on record. */
export class RunSidecar {
  readonly #place: SidecarPlace;
  #turn: Promise<unknown> = Promise.resolve();
  #living: Living | undefined;
  #lost: string | undefined;
  #idle: NodeJS.Timeout | undefined;
  #uses = 0;

  constructor(place: SidecarPlace) {
    this.#place = place;
    this.#lost = place.lost;
  }

  /** How the kernel in use stands; undefined while there is none. */
  get living(): { sidecar: string; container: string; cells: number; startedMs: number } | undefined {
    if (this.#living === undefined) return undefined;
    const { sidecar, kernel, cells, startedMs } = this.#living;
    return { sidecar, container: kernel.container, cells, startedMs };
  }

  /** Executes one cell. What the code does wrong is in the reply; rejects where no kernel can be had, or with the signal's reason. */
  execute(cell: CellAsked, signal: AbortSignal): Promise<CellAnswer> {
    return this.#next(async () => {
      signal.throwIfAborted();
      clearTimeout(this.#idle);
      this.#uses += 1;
      try {
        return await this.#execute(cell, signal);
      } finally {
        this.#rest();
      }
    });
  }

  /** Starts the kernel, so that the first cell need not wait. */
  start(signal: AbortSignal): Promise<void> {
    return this.#next(async () => {
      await this.#alive(signal);
      this.#rest();
    });
  }

  /** No variable, file, thread or patch is left; the next cell gets a new kernel. */
  reset(): Promise<void> {
    return this.#next(() => this.#reset());
  }

  /** Does not wait for a cell that still runs: it ends with its kernel. */
  async close(why: EndWhy = "run-ended"): Promise<void> {
    clearTimeout(this.#idle);
    await this.#end(why);
    await this.#turn.catch(() => undefined);
    await this.#end(why);
    clearTimeout(this.#idle);
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #execute({ code, timeoutMs, reset, key }: CellAsked, signal: AbortSignal): Promise<CellAnswer> {
    const notices: string[] = [];
    if (reset === true) {
      await this.#reset();
      notices.push("the sidecar was reset: no variable, file or thread of before is left");
    }
    const { value, changes, unlisted } = await this.#place.writing(() => this.#cell(code, timeoutMs, notices, signal), signal);
    const { alive, reply } = value;
    if (reply.stateLost !== undefined) {
      notices.push(`the variables are gone: ${reply.stateLost}`);
      await this.#lostState(alive, reply);
    }
    return { reply, notices, changes, unlisted, ...keepPictures(this.#place.open.stateDir, reply.displays, key) };
  }

  async #cell(code: string, timeoutMs: number, notices: string[], signal: AbortSignal, again = true): Promise<{ alive: Living; reply: KernelReply }> {
    const alive = await this.#alive(signal);
    if (this.#lost !== undefined) notices.push(`the variables of earlier calls are gone: ${this.#lost}`);
    this.#lost = undefined;
    alive.cells += 1;
    try {
      const reply = await Promise.race([alive.kernel.execute(code, { timeoutMs, signal }), lateReply(alive.kernel)]);
      return { alive, reply };
    } catch (thrown) {
      // It ended between the last cell and this one, so nothing of this one has run.
      if (!again || !(thrown instanceof AgentctlError) || thrown.code !== "runner/kernel-ended") throw thrown;
      await this.#gone(alive, await alive.kernel.ended);
      return this.#cell(code, timeoutMs, notices, signal, false);
    }
  }

  async #alive(signal: AbortSignal): Promise<Living> {
    if (this.#living !== undefined) return this.#living;
    const { open, root } = this.#place;
    const plan = await this.#place.plan(signal);
    const { image, limits } = plan;
    const begun = { sidecar: newId("sc"), startedMs: systemClock.monotonicMs(), cells: 0 };
    await open.recorder.append("sidecar.started", { sidecar: begun.sidecar, root, image, limits: { ...limits } });
    try {
      const living: Living = { ...begun, plan, kernel: await plan.open(signal) };
      this.#living = living;
      void living.kernel.ended.then((end) => this.#gone(living, end));
      plan.full?.addEventListener("abort", () => void this.#full(living), { once: true });
      return living;
    } catch (thrown) {
      plan.release();
      await this.#record(begun, "not-started", messageOf(thrown));
      throw thrown;
    }
  }

  async #reset(): Promise<void> {
    await this.#end("reset");
    this.#lost = undefined;
  }

  async #end(why: EndWhy): Promise<void> {
    const living = this.#living;
    if (living === undefined) return;
    this.#living = undefined;
    await living.kernel.close();
    living.plan.release();
    await this.#record(living, why);
  }

  /** It ended by itself, between two cells or within one. */
  async #gone(living: Living, { outcome, detail }: SessionEnd): Promise<void> {
    if (this.#living !== living) return;
    this.#living = undefined;
    living.plan.release();
    const memory = outcome === "oom";
    this.#lost = memory ? "the sidecar used more memory than it may have" : `the sidecar ended (${outcome})`;
    await this.#record(living, memory ? "memory" : "crash", detail).catch(() => undefined);
  }

  async #full(living: Living): Promise<void> {
    if (this.#living !== living) return;
    this.#lost = "the sidecar was stopped: scratch/ grew beyond its limit (scratch.bytesMax)";
    await this.#end("scratch-full").catch(() => undefined);
  }

  /** The kernel was started anew where it was: another life of variables, in the same container. */
  async #lostState(living: Living, { stateLost = "" }: KernelReply): Promise<void> {
    const { open, root } = this.#place;
    if (this.#living !== living) return void (this.#lost = undefined);
    await this.#record(living, /memory/i.test(stateLost) ? "memory" : "crash", stateLost);
    Object.assign(living, { sidecar: newId("sc"), startedMs: systemClock.monotonicMs(), cells: 0 });
    await open.recorder.append("sidecar.started", { sidecar: living.sidecar, root, image: living.plan.image, limits: { ...living.plan.limits } });
  }

  async #record({ sidecar, startedMs, cells }: Pick<Living, "sidecar" | "startedMs" | "cells">, why: EndWhy, detail?: string): Promise<void> {
    const { open, root } = this.#place;
    const durationMs = Math.round(systemClock.monotonicMs() - startedMs);
    const said = detail === undefined ? undefined : open.mask(detail.toWellFormed().slice(0, 1000));
    await open.recorder.append("sidecar.ended", { sidecar, root, why, cells, durationMs, ...(said !== undefined && { detail: said }) });
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#living === undefined) return;
    const { idleMs } = this.#place;
    const uses = this.#uses;
    this.#idle = setTimeout(() => {
      void this.#next(async () => {
        if (this.#living === undefined || this.#uses !== uses) return;
        this.#lost = `nobody used the sidecar for ${Math.round(idleMs / 1000)} s, so it was stopped`;
        await this.#end("idle");
      }).catch(() => undefined);
    }, idleMs).unref();
  }
}

/** For a kernel that has ended and does not answer its last cell: nobody waits for ever. */
async function lateReply(kernel: Kernel): Promise<KernelReply> {
  const { outcome } = await kernel.ended;
  await wait(lateMs, undefined, { ref: false });
  const stateLost = `the sidecar ended (${outcome})`;
  return { outcome: "died", stdout: "", stderr: "", displays: [], truncated: false, durationMs: 0, stateLost };
}

const lateMs = 500;

/** What a kernel of an earlier process leaves to say. */
export const lostWithProcess = "the run goes on in another process, with a new kernel";
