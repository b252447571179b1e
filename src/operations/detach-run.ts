import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { AgentctlError, exitCodes, type ExitName } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { findJournal } from "../trace/places.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { requireGoing } from "./in-run.ts";

export interface DetachedRun {
  root: string;
  pid: number;
  /** What it says while it works. */
  log: string;
}

/**
 * Starts `run start` in a process of its own that outlives this one. Answers when the run is on record, so that whoever asked can watch or stop it.
 * `argv` starts agentctl: the program, its script, the words up to the command; `words` are those after it. Errors: ledger/halted, `agent/not-started` with
 * what it said, and its exit.
 */
export async function detachRun(asked: { cwd: string; env: NodeJS.ProcessEnv; argv: readonly string[]; words: readonly string[] }): Promise<DetachedRun> {
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env, { initialised: true }));
  armWhenNew(stateDir);
  requireGoing({ stateDir, stop: new AbortController().signal });
  const root = newId("r");
  const folder = join(stateDir, "logs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = join(folder, `${root}.log`);
  const handle = openSync(log, "a", 0o600);
  const [program = process.execPath, ...first] = asked.argv;
  const words = [...first, "--run-id", root, ...asked.words];
  const child = spawn(program, words, { cwd: asked.cwd, env: asked.env, detached: true, stdio: ["ignore", handle, handle] });
  closeSync(handle);
  let ended = false;
  child.once("exit", () => (ended = true)).once("error", () => (ended = true));
  while (findJournal(stateDir, root) === undefined) {
    if (ended) throw notStarted(readFileSync(log, "utf8"), child.exitCode);
    await wait(20);
  }
  child.unref();
  return { root, pid: child.pid ?? 0, log };
}

/** As it ended itself; a run that ends well without a record has not started all the same. */
function notStarted(said: string, code: number | null): AgentctlError {
  const exit = (Object.keys(exitCodes) as ExitName[]).find((name) => name !== "done" && exitCodes[name] === code) ?? "failed";
  return new AgentctlError("agent/not-started", `the run did not start: ${said.trim().slice(-2000).toWellFormed()}`, { exit });
}
