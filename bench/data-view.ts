import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/base/clock.ts";
import { loadAuthority } from "../src/operations/load-authority.ts";
import { openSandbox, removeScratch } from "../src/operations/open-sandbox.ts";
import type { Sandbox } from "../src/operations/sandbox.ts";
import { ensureStateDir } from "../src/workspace/find.ts";
import type { BenchRow } from "./row.ts";

const cli = fileURLToPath(new URL("../bin/run.js", import.meta.url));
/** Size of the CSV in GB; 10 unless AGENTCTL_BENCH_GB says otherwise, and the rows' names say which. */
const gigabytes = Number(process.env["AGENTCTL_BENCH_GB"] ?? 10);
const path = "scratch/big.csv";
const limits = { memoryMiB: 300, timeoutMs: 900_000, pids: 64, cpus: 1 };

/** data_view on a large CSV, in a container with 300 MB: what it needs of them, and how long the first and last rows and the count take. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < gigabytes * 1.2e9) throw new Error(`${gigabytes} GB do not fit on this disk: set AGENTCTL_BENCH_GB`);
  const step = (program: string, args: readonly string[]): void => {
    const ended = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
    if (ended.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${ended.stderr}`);
  };
  const env = { ...process.env, AGENTCTL_SCRATCH_BYTES_MAX: String(gigabytes * 2e9) };
  try {
    step(process.execPath, [cli, "init"]);
    step("git", ["add", "-A"]);
    step("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "-m", "workspace"]);
    const authority = await loadAuthority(folder, env);
    const stateDir = ensureStateDir(authority.workspace);
    const { signal } = new AbortController();
    const sandbox = await openSandbox({ authority, env, stateDir, run: "r-bench", agent: { name: "bench", level: 3 }, signal });
    try {
      return await measure(sandbox, signal);
    } finally {
      await sandbox.close();
      await removeScratch({ authority, env, stateDir, run: "r-bench" });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(sandbox: Sandbox, signal: AbortSignal): Promise<BenchRow[]> {
  const program = [
    "block = ''.join('2024-01-01 00:00:%02d,%d.25,%d.5,some text that is like any other\\n' % (n % 60, n, n * 7 % 1000) for n in range(200000))",
    "with open('big.csv', 'w') as file:",
    "    file.write('ts,open,close,note\\n')",
    `    while file.tell() < ${gigabytes}e9: file.write(block)`,
  ].join("\n");
  const made = await sandbox.run({ runner: "shell", command: ["python3", "-c", program], cwd: "/workspace/scratch", limits, writes: true }, signal);
  if (made.outcome !== "ok") throw new Error(`the file could not be made: ${made.outcome} ${Buffer.from(made.stderr).toString()}`);
  const view = async (operation: string): Promise<{ ms: number; peakMb: number }> => {
    const startedMs = systemClock.monotonicMs();
    const { answer } = await sandbox.tool({ op: "data", path, operation, rows: 10 }, { runner: "node", limits }, signal);
    if (!answer.ok) throw new Error(`${operation}: ${answer.why}`);
    return { ms: systemClock.monotonicMs() - startedMs, peakMb: Number(answer.value["peakKiB"]) / 1000 };
  };
  const of = `of a CSV of ${gigabytes} GB`;
  const [head, tail, shape] = [await view("head"), await view("tail"), await view("shape")];
  const reference = "in a container with 300 MB of memory";
  return [
    { name: `data_view: the first rows ${of}`, value: head.ms, unit: "ms", limit: 3000, reference },
    { name: `data_view: the last rows ${of}`, value: tail.ms, unit: "ms", limit: 3000, reference },
    { name: `data_view: the shape ${of}`, value: shape.ms / 1000, unit: "s", limit: 10 + gigabytes * 12, reference },
    { name: `data_view: memory ${of}`, value: Math.max(head.peakMb, tail.peakMb, shape.peakMb), unit: "MB", limit: 300, reference: "peak RSS" },
  ];
}
