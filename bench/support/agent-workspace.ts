import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { initWorkspace } from "../../src/operations/init-workspace.ts";

/** The built command line. */
export const cli = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

const config = `profile: small
models:
  providers:
    script: { kind: scripted, file: script.yaml }
  tiers:
    test: { models: [script/one] }
  roles: { planner: test, coder: test, critic: test }
`;

const agent = (name: string, tools: string): string =>
  `name: ${name}\ndescription: An agent that works for the benchmarks of agentctl.\nversion: 1.0.0\nlevel: 3\ntools: [${tools}]\n`;

/**
 * A committed workspace with all that `agentctl init` ships, the agents `talker` (no tool) and `worker` (files and a shell), and a model that follows
 * `script`: the steps of script.yaml. The caller removes it.
 */
export async function agentWorkspace(script: string, files: Record<string, string> = {}): Promise<string> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "agentctl-bench-")));
  await initWorkspace({ dir, profile: "small" });
  const own = {
    "agentctl.yaml": config,
    "script.yaml": `steps:\n${script}`,
    "agents/talker/agent.yaml": agent("talker", ""),
    "agents/talker/prompt.md": "You talk.\n",
    "agents/worker/agent.yaml": agent("worker", "write_file, read_file, shell, query"),
    "agents/worker/prompt.md": "You work.\n",
  };
  for (const [path, text] of Object.entries({ ...own, ...files })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  for (const args of [
    ["add", "-A"],
    ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-q", "-m", "bench"],
  ]) {
    const ended = spawnSync("git", args, { cwd: dir, encoding: "utf8" });
    if (ended.status !== 0) throw new Error(ended.stderr);
  }
  return dir;
}

export function removeWorkspace(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}
