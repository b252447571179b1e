import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { armWhenNew, setHalt } from "../ledger/halt.ts";
import { openLedger } from "../ledger/ledger.ts";
import { openRuns, type RunRow } from "../ledger/runs.ts";
import { ensureStateDir, findWorkspace, type Workspace } from "../workspace/find.ts";
import { inRun } from "./in-run.ts";
import { maskFor } from "./mask-for.ts";
import { haltNotice, leaveNotice } from "./notice.ts";
import { personName } from "./person.ts";
import { scopeOf } from "./scope.ts";

export interface HaltResult {
  halted: true;
  by: string;
  reason: string;
  runsStopped: number;
  /** Those that their own process had not killed already. */
  containersKilled: number;
  durationMs: number;
  /** What could not be done besides; the halt holds all the same. */
  warnings: string[];
}

/** How long runs have to stop by themselves before their processes are killed; with what follows, all is quiet within 2 s. */
const graceMs = 1500;

/**
 * Stops everything: takes hold first, with files only; then waits for running work to end, kills what does not, and records it.
 * Runs of this workspace only. Whatever fails after the hold is a warning.
 */
export async function haltWork(asked: { cwd: string; env: NodeJS.ProcessEnv; reason: string }): Promise<HaltResult> {
  const startedMs = systemClock.monotonicMs();
  const workspace = findWorkspace(asked.cwd, asked.env);
  const stateDir = ensureStateDir(workspace);
  const by = personName();
  armWhenNew(stateDir);
  setHalt(stateDir, { by, reason: asked.reason, atMs: systemClock.nowMs() });

  const warnings: string[] = [];
  const warned = async <T>(what: string, otherwise: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      warnings.push(`${what}: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const runs = await warned("running work could not be looked up", [], async () => runningRuns(stateDir));
  // A run kills its own containers when it sees the halt; one that hangs does not, so both happen at once.
  const [containersKilled] = await Promise.all([
    runs.length === 0 ? 0 : warned("containers could not be looked for", 0, () => killContainers(workspace, asked.env)),
    warned("running work could not be stopped", undefined, () => stopRuns(stateDir, runs)),
  ]);
  const result: HaltResult = {
    halted: true,
    by,
    reason: asked.reason,
    runsStopped: runs.length,
    containersKilled,
    durationMs: Math.round(systemClock.monotonicMs() - startedMs),
    warnings,
  };
  await warned("the halt could not be recorded", undefined, () => recordHalt(stateDir, asked.env, result));
  return result;
}

function runningRuns(stateDir: string): RunRow[] {
  const ledger = openLedger(stateDir, { busyTimeoutMs: 500 });
  try {
    return openRuns(ledger).alive.filter((row) => row.owner.pid !== process.pid);
  } finally {
    ledger.close();
  }
}

/** Waits until they have ended; kills the processes of those that have not. */
async function stopRuns(stateDir: string, runs: readonly RunRow[]): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + graceMs;
  let left = [...runs];
  while (left.length > 0 && systemClock.monotonicMs() < deadlineMs) {
    await wait(20);
    const alive = new Set(runningRuns(stateDir).map((row) => row.run));
    left = left.filter((row) => alive.has(row.run));
  }
  for (const row of left) kill(row);
}

/** One that ended in the meantime does not keep the others from being killed. */
function kill({ owner }: RunRow): void {
  try {
    process.kill(owner.pid, "SIGKILL");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}

/** On the engine that jobs of this workspace run on, whatever runtime it has. */
async function killContainers({ root, stateDir }: Workspace, env: NodeJS.ProcessEnv): Promise<number> {
  const [{ loadConfig }, { connectEngine }, { killAll }] = await Promise.all([
    import("../workspace/config.ts"),
    import("../runner/engine.ts"),
    import("../runner/sweep.ts"),
  ]);
  const { host } = loadConfig(root, env).values.engine;
  return killAll(await connectEngine({ host, env }), scopeOf(stateDir));
}

async function recordHalt(stateDir: string, env: NodeJS.ProcessEnv, { by, reason, runsStopped, containersKilled, durationMs }: HaltResult): Promise<void> {
  const mask = maskFor(stateDir, env);
  await inRun({ stateDir, mask, evenHalted: true, started: outsidePolicy("halt", by) }, async (open) => {
    await open.recorder.append("halt.set", { by, reason, runsStopped, containersKilled, durationMs });
    leaveNotice(open, haltNotice(open.run, { by, reason, released: false }));
    return { outcome: "ok", result: undefined };
  });
}

/** The start of a run that no policy decides: anybody may halt, and a person releases. */
export function outsidePolicy(command: string, by: string): Parameters<typeof inRun>[0]["started"] {
  return { command, actor: { kind: "person", name: by }, workspace: { commit: "", dirty: false }, policy: { commit: "", digest: "" } };
}
