import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { AgentctlError, type ExitName } from "../base/errors.ts";
import { openLedger } from "../ledger/ledger.ts";
import { listRuns, type RunState } from "../ledger/runs.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { loadConfig } from "../workspace/config.ts";
import { ask, type AskSidecarAsked } from "./ask-sidecar.ts";
import { detachRun } from "./detach-run.ts";
import { sidecarRunning, type SidecarState } from "./keep-sidecar.ts";
import { readAddress } from "./sidecar-place.ts";
import { requireSidecar } from "./sidecar-settings.ts";

export interface StartedSidecar extends SidecarState {
  /** What its process says. */
  log: string;
}

/**
 * Starts a process that keeps a sidecar and outlives this one; answers when that can be used. `argv` starts agentctl up to the command's words.
 * Errors: `sidecar/off` (exit denied), `sidecar/running` (exit usage), `sidecar/not-started` with what it said.
 */
export async function startSidecar({ cwd, env, argv }: AskSidecarAsked & { argv: readonly string[] }): Promise<StartedSidecar> {
  const workspace = findWorkspace(cwd, env, { initialised: true });
  await requireSidecar(loadConfig(workspace.root, env), env);
  const stateDir = ensureStateDir(workspace);
  if (readAddress(stateDir)?.state === "alive") throw sidecarRunning();
  const { root, log } = await detachRun({ cwd, env, argv, words: [] });
  for (;;) {
    const address = readAddress(stateDir);
    if (address?.run === root && address.state === "alive") return { ...((await ask(address, { op: "status" })) as SidecarState), log };
    const state = stateOf(stateDir, root);
    if (state !== "running") {
      const exit = state === undefined || state === "ok" ? "failed" : state;
      throw notStarted(readFileSync(log, "utf8"), exit);
    }
    await wait(30);
  }
}

function stateOf(stateDir: string, run: string): RunState | undefined {
  const ledger = openLedger(stateDir);
  try {
    return listRuns(ledger).find((row) => row.run === run)?.state;
  } finally {
    ledger.close();
  }
}

function notStarted(said: string, exit: ExitName): AgentctlError {
  return new AgentctlError("sidecar/not-started", `the sidecar did not start: ${said.trim().slice(-2000).toWellFormed()}`, { exit });
}
