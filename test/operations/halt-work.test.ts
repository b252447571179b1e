import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import { registerRun } from "../../src/ledger/runs.ts";
import { haltWork } from "../../src/operations/halt-work.ts";
import { workspace } from "../support/workspace.ts";

test("looks for containers on the engine that agentctl.yaml names, and holds where that does not answer", async () => {
  const { dir } = workspace({ "agentctl.yaml": "engine:\n  host: unix:///nowhere/engine.sock\n" });
  const stateDir = join(dir, ".git", "agentctl");
  // A run of another process, which does not stop by itself.
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const ended = new Promise<string | null>((done) => child.once("exit", (_code, signal) => done(signal)));
  onTestFinished(() => void child.kill("SIGKILL"));
  const ledger = openLedger(stateDir);
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  const owner = {
    pid: child.pid!,
    processStart: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!,
    boot: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    host: hostname(),
  };
  registerRun(ledger, { run: "r-1", command: "skill run slow", actor: "ana", started: "2026-11-21T12:00:00.000Z", owner });
  ledger.close();

  const result = await haltWork({ cwd: dir, env: {}, reason: "odd orders" });
  expect(result).toMatchObject({ halted: true, runsStopped: 1, containersKilled: 0 });
  expect(result.warnings).toEqual([expect.stringContaining("containers could not be looked for: no Docker engine answers at unix:///nowhere/engine.sock")]);
  expect(await ended).toBe("SIGKILL");
});
