import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/base/clock.ts";
import { median, type BenchRow } from "./row.ts";

const cli = fileURLToPath(new URL("../bin/run.js", import.meta.url));

/** Wall time of one process in ms. */
function timed(args: readonly string[], cwd: string): number {
  const from = systemClock.monotonicMs();
  const ended = spawnSync(process.execPath, args, { cwd, stdio: "ignore" });
  if (ended.status !== 0) throw new Error(`${args.join(" ")} ended with ${ended.status}`);
  return systemClock.monotonicMs() - from;
}

/** The trivial command, against an empty Node process. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    const init = spawnSync(process.execPath, [cli, "init"], { cwd: folder, encoding: "utf8" });
    if (init.status !== 0) throw new Error(init.stderr);
    const bare: number[] = [];
    const trivial: number[] = [];
    for (let round = 0; round < 15; round++) {
      bare.push(timed(["-e", "0"], folder));
      trivial.push(timed([cli, "halt", "status"], folder));
    }
    const [ours, reference] = [median(trivial), median(bare)];
    return [
      {
        name: "trivial command",
        value: ours / reference,
        unit: "×",
        limit: 5,
        reference: `halt status ${ours.toFixed(0)} ms, node -e 0 ${reference.toFixed(0)} ms`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
