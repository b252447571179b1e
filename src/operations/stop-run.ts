import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { openLedger } from "../ledger/ledger.ts";
import { openRuns, type RunRow } from "../ledger/runs.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { requireRoot } from "./agent-record.ts";
import { partName, rootOf } from "./part-name.ts";

export interface StopResult {
  run: string;
  /** `stopped`: it ended by itself when it was told to; `killed`: its process did not, and was ended. */
  how: "stopped" | "killed";
  durationMs: number;
}

/** How long a run has to end by itself. */
const graceMs = 3_000;

/**
 * Stops one run: its process is told to end, which breaks off its model call and its container and records the end; one that does not is killed. What it did
 * is on record, and `run resume` goes on from there. Errors (exit usage): trace/unknown-run, `agent/not-running`;
 * `agent/not-stopped`.
 */
export async function stopRun(asked: { cwd: string; env: NodeJS.ProcessEnv; run: string }): Promise<StopResult> {
  const startedMs = systemClock.monotonicMs();
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env));
  const name = requireRoot(stateDir, asked.run);
  const row = running(stateDir, name);
  if (row === undefined)
    throw new AgentctlError("agent/not-running", `the run ${name} is not running on this machine`, { hint: `agentctl run show ${name}`, exit: "usage" });
  tell(row, "SIGTERM");
  const deadlineMs = startedMs + graceMs;
  while (systemClock.monotonicMs() < deadlineMs) {
    await wait(30);
    if (running(stateDir, row.run) === undefined) return ended(row.run, "stopped", startedMs);
  }
  tell(row, "SIGKILL");
  return ended(row.run, "killed", startedMs);
}

/** A process that ended in the meantime needs no telling. Error `agent/not-stopped`. */
function tell({ run, owner }: RunRow, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(owner.pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return;
    throw new AgentctlError("agent/not-stopped", `the process ${owner.pid} of the run ${run} cannot be told to end: ${messageOf(cause)}`, {
      hint: "agentctl halt     stops all work, whoever started it",
      cause,
    });
  }
}

function ended(run: string, how: StopResult["how"], startedMs: number): StopResult {
  return { run, how, durationMs: Math.round(systemClock.monotonicMs() - startedMs) };
}

/** The run by this name, or the part of it that goes on. */
function running(stateDir: string, name: string): RunRow | undefined {
  const ledger = openLedger(stateDir);
  try {
    const root = rootOf(name);
    const { alive } = openRuns(ledger);
    return alive.find(({ run }) => run === name) ?? alive.find(({ run }) => rootOf(run) === root && run.startsWith(partName(root, 1)));
  } finally {
    ledger.close();
  }
}
