import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/base/clock.ts";
import { initWorkspace } from "../src/operations/init-workspace.ts";
import { importProposals } from "./support/many-proposals.ts";
import { median, type BenchRow } from "./row.ts";

const count = 100;
const cli = fileURLToPath(new URL("../bin/run.js", import.meta.url));

/** Listing a hundred open proposals, as a process of its own; beside it the command that does nothing. */
export async function bench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    const { base } = await workspaceWith(dir);
    importProposals(dir, { count, base });
    const lines = run(dir, ["proposal"])
      .stdout.split("\n")
      .filter((line) => line.startsWith("p-many")).length;
    if (lines !== count) throw new Error(`${lines} of ${count} are listed`);
    const version: number[] = [];
    const list: number[] = [];
    for (let round = 0; round < 11; round++) {
      version.push(run(dir, ["--version"]).ms);
      list.push(run(dir, ["proposal"]).ms);
    }
    const [ours, least] = [median(list), median(version)];
    const reference = `--version takes ${least.toFixed(0)} ms; the slowest list ${Math.max(...list).toFixed(0)} ms`;
    return [
      { name: "100 proposals listed", value: ours, unit: "ms", limit: 300, reference },
      // 300 ms where a trivial command takes 120: on a slower machine this is the one to look at.
      { name: "100 proposals listed", value: ours / least, unit: "×", limit: 2.5, reference },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function run(cwd: string, args: readonly string[]): { stdout: string; ms: number } {
  const from = systemClock.monotonicMs();
  const ended = spawnSync(process.execPath, [cli, ...args], { cwd, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`agentctl ${args.join(" ")} ended with ${ended.status}: ${ended.stderr}`);
  return { stdout: ended.stdout, ms: systemClock.monotonicMs() - from };
}

async function workspaceWith(dir: string): Promise<{ base: string }> {
  await initWorkspace({ dir, profile: "small" });
  git(dir, "add", "-A");
  git(dir, "-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-q", "-m", "bench");
  return { base: git(dir, "rev-parse", "HEAD") };
}

function git(cwd: string, ...args: string[]): string {
  return spawnSync("git", args, { cwd, encoding: "utf8" }).stdout.trim();
}
