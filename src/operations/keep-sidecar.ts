import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { withLease } from "../ledger/leases.ts";
import { openLedger } from "../ledger/ledger.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import { sweepBeside } from "../runner/sweep.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { requireLane } from "./claim-lane.ts";
import { workspaceFacts } from "./decided-action.ts";
import { inRun, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { openEngine } from "./open-engine.ts";
import { tellingOf } from "./open-notifier.ts";
import { runnerPlaces } from "./open-runners.ts";
import { personName } from "./person.ts";
import { RunSidecar } from "./run-sidecar.ts";
import { scopeOf } from "./scope.ts";
import { decidePython, sidecarCells } from "./sidecar-cells.ts";
import { kernelPlan } from "./sidecar-kernel.ts";
import { removeAddress, socketPlace, sweepAddress, writeAddress } from "./sidecar-place.ts";
import { requireSidecar } from "./sidecar-settings.ts";
import { faultOf, parseRequest, readLine, requestBytesMax, type SidecarRequest } from "./sidecar-wire.ts";

export interface KeepAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  run: string;
}

export interface SidecarState {
  run: string;
  pid: number;
  /** RFC 3339 in UTC. */
  started: string;
  /** Of the kernel; absent while there is none: it was lost, and the next cell starts one. */
  container?: string;
  /** Cells that are running or wait. */
  busy: number;
  /** That its kernel has executed. */
  cells: number;
}

/** As long as a timer may be: this process itself looks after the idle time. */
const neverMs = 2 ** 31 - 1;

/**
 * Keeps a person's sidecar, as one run in this process, until it is told to stop, is idle, or work has to stop; nothing is left of it then but the record.
 * Errors: `sidecar/off`, `sidecar/running`, `policy/denied`, those of engine and image, and what stopped it.
 */
export async function keepSidecar({ cwd, env, run }: KeepAsked): Promise<{ run: string; why: string }> {
  const authority = await loadAuthority(cwd, env);
  await requireSidecar(authority.config, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const ledger = openLedger(stateDir);
  try {
    const why = await withLease(ledger, "sidecar", () => keepIn(authority, stateDir, { cwd, env, run }));
    if (why === undefined) throw sidecarRunning();
    return { run, why };
  } finally {
    ledger.close();
  }
}

export function sidecarRunning(): AgentctlError {
  return new AgentctlError("sidecar/running", "there is a sidecar already: one a workspace", { hint: "agentctl sidecar status", exit: "usage" });
}

async function keepIn(authority: Authority, stateDir: string, { cwd, env, run }: KeepAsked): Promise<string> {
  const { config, commit, set } = authority;
  sweepAddress(stateDir);
  const mask = maskFor(stateDir, env, { names: config.values.mask.names, secrets: config.secrets });
  const actor = { kind: "person" as const, name: personName() };
  const started = { command: "sidecar start", actor, workspace: await workspaceFacts(authority), policy: { commit, digest: set.digest } };
  return inRun({ stateDir, mask, started, run, telling: tellingOf(authority, env) }, async (open) => {
    await decidePython(authority, open);
    await requireLane({ open, root: run }, "sidecar", "a person started it");
    return { outcome: "ok", result: await keep(authority, open, { cwd, env, run }) };
  });
}

async function keep(authority: Authority, open: OpenRun, { cwd, env, run }: KeepAsked): Promise<string> {
  const { values } = authority.config;
  const engine = await openEngine(authority.config, env);
  const { id: image } = await requireImage(engine, "python", runnerPlaces(authority.workspace.root));
  const swept = sweepBeside(engine);
  const sidecar = new RunSidecar({
    open,
    root: run,
    idleMs: neverMs,
    plan: async () => kernelPlan({ engine, image, mounts: [], run, scope: scopeOf(open.stateDir) }, values),
    writing: async (work) => ({ value: await work(), changes: [], unlisted: 0 }),
  });
  let why: "run-ended" | "idle" | "stopped" = "run-ended";
  try {
    await sidecar.start(open.stop);
    why = await serve({ open, cwd, env, sidecar }, values.sidecar.idleMs);
    return why;
  } finally {
    await sidecar.close(why);
    await Promise.allSettled([swept]);
    await jobsSettled(engine);
  }
}

interface Serving {
  open: OpenRun;
  cwd: string;
  env: NodeJS.ProcessEnv;
  sidecar: RunSidecar;
}

/** Listens until there is a reason to end. Rejects with that of `open.stop`. */
async function serve(serving: Serving, idleMs: number): Promise<"idle" | "stopped"> {
  const { open, sidecar } = serving;
  const place = socketPlace(open.stateDir);
  const { promise: over, resolve: end, reject: stop } = Promise.withResolvers<"idle" | "stopped">();
  const started = isoTime(systemClock.nowMs());
  const cells = sidecarCells(serving);
  let busy = 0;
  let idle: NodeJS.Timeout | undefined;
  const rest = (): void => {
    clearTimeout(idle);
    if (busy === 0) idle = setTimeout(() => end("idle"), idleMs);
  };
  const state = (): SidecarState => {
    const living = sidecar.living;
    return { run: open.run, pid: process.pid, started, busy, cells: living?.cells ?? 0, ...(living !== undefined && { container: living.container }) };
  };
  const answer = async (request: SidecarRequest, signal: AbortSignal): Promise<unknown> => {
    if (request.op === "status") return state();
    if (request.op === "stop") return state();
    busy += 1;
    clearTimeout(idle);
    try {
      if (request.op === "exec") return await cells(request, AbortSignal.any([signal, open.stop]));
      await sidecar.reset();
      return state();
    } finally {
      busy -= 1;
      rest();
    }
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void talk(socket, answer).then((op) => op === "stop" && end("stopped"));
  });
  const stopped = (): void => stop(open.stop.reason);
  open.stop.addEventListener("abort", stopped, { once: true });
  try {
    await listen(server, place.socket);
    writeAddress(open.stateDir, { run: open.run, socket: place.socket, started });
    rest();
    open.stop.throwIfAborted();
    return await over;
  } finally {
    clearTimeout(idle);
    open.stop.removeEventListener("abort", stopped);
    removeAddress(open.stateDir);
    server.close();
    place.remove();
  }
}

/** One request, one answer. Who goes away before it is there interrupts what they asked for. */
async function talk(socket: Socket, answer: (request: SidecarRequest, signal: AbortSignal) => Promise<unknown>): Promise<SidecarRequest["op"] | undefined> {
  const gone = new AbortController();
  const leave = (): void => gone.abort(new AgentctlError("sidecar/interrupted", "whoever asked for this cell went away", { exit: "interrupted" }));
  socket.on("error", leave).on("close", leave);
  const line = await readLine(socket, requestBytesMax);
  const request = line === undefined ? undefined : parseRequest(line);
  if (request === undefined) return void socket.destroy();
  // Who has no more to say but still listens has ended only their half.
  socket.on("end", leave).resume();
  const said = await answer(request, gone.signal).then((value) => ({ ok: true as const, value }), faultOf);
  await new Promise<void>((resolve) => void socket.end(`${JSON.stringify(said)}\n`, () => resolve()).once("close", () => resolve()));
  socket.destroy();
  return request.op;
}

async function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(path, resolve);
  await promise;
  chmodSync(path, 0o600);
}
