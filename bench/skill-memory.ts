import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchRow } from "./row.ts";

const cli = fileURLToPath(new URL("../bin/run.js", import.meta.url));
/** Prints the peak of the process's resident memory, in KiB, when it ends. */
const report = `data:text/javascript,process.on("exit",()=>process.stderr.write("maxRSS "+process.resourceUsage().maxRSS+"\\n"))`;

/** Peak resident memory of the command that runs a skill: what agentctl itself costs, without the container. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  const step = (program: string, args: readonly string[]): string => {
    const ended = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
    if (ended.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${ended.stderr}`);
    return ended.stderr;
  };
  try {
    step(process.execPath, [cli, "init"]);
    step("git", ["add", "-A"]);
    step("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "workspace"]);
    const peak = /maxRSS (\d+)/.exec(step(process.execPath, ["--import", report, cli, "skill", "run", "hello-bash"]))?.[1];
    return [{ name: "memory of a skill run", value: Number(peak) / 1024, unit: "MB", limit: 220, reference: "peak RSS of `agentctl skill run hello-bash`" }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
