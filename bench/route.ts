import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isoTime, systemClock } from "../src/base/clock.ts";
import { addAgentRun, endAgentRun } from "../src/ledger/agent-runs.ts";
import { openLedger } from "../src/ledger/ledger.ts";
import { initWorkspace } from "../src/operations/init-workspace.ts";
import { routeObjective } from "../src/operations/route-objective.ts";
import { median, type BenchRow } from "./row.ts";

const skills = 50;
const runs = 500;
const objective = "backtest the strategy sma-cross on daily bars and compare its drawdown with the market";

const subjects = ["invoices", "photos", "bars", "logs", "tickets", "weather", "orders", "letters", "maps", "tables"];
const deeds = ["sort", "count", "convert", "compare", "summarise"];

/** Routing an objective in a workspace with the shipped agents, fifty skills and five hundred past runs; git, files, ledger and all. */
export async function bench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    await workspaceWith(dir);
    const asked = { cwd: dir, env: {}, objective };
    const { choice } = await routeObjective(asked);
    if (choice?.name !== "quant") throw new Error(`routed to ${choice?.name}`);
    const times: number[] = [];
    for (let round = 0; round < 15; round++) {
      const from = systemClock.monotonicMs();
      await routeObjective(asked);
      times.push(systemClock.monotonicMs() - from);
    }
    return [
      {
        name: "routing",
        value: median(times),
        unit: "ms",
        limit: 100,
        reference: `${skills} skills, ${runs} past runs, no model; the slowest ${Math.max(...times).toFixed(0)} ms`,
      },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function workspaceWith(dir: string): Promise<void> {
  await initWorkspace({ dir, profile: "small" });
  for (let index = 0; index < skills; index++) {
    const [deed, subject] = [deeds[index % deeds.length] ?? "", subjects[Math.floor(index / deeds.length)] ?? ""];
    const path = join(dir, "skills", `${deed}-${subject}`, "SKILL.md");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      `---\nname: ${deed}-${subject}\ndescription: Can ${deed} ${subject} of any size and origin. Use when asked to ${deed} ${subject}.\n---\n# ${deed}\n`,
    );
  }
  for (const args of [
    ["add", "-A"],
    ["-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-q", "-m", "bench"],
  ]) {
    const ended = spawnSync("git", args, { cwd: dir, encoding: "utf8" });
    if (ended.status !== 0) throw new Error(ended.stderr);
  }
  const ledger = openLedger(join(dir, ".git", "agentctl"));
  try {
    ledger.transaction(() => {
      for (let index = 0; index < runs; index++) {
        const root = `r-${String(index).padStart(10, "0")}`;
        const words = `${deeds[index % deeds.length] ?? ""} the ${subjects[index % subjects.length] ?? ""} of week ${index} and say what stands out`;
        addAgentRun(ledger, { root, agent: index % 3 === 0 ? "file-ops" : "quant", objective: words, started: isoTime(1_700_000_000_000 + index * 60_000) });
        endAgentRun(ledger, root, index % 4 === 0 ? "failed" : "ok");
      }
    });
  } finally {
    ledger.close();
  }
}
