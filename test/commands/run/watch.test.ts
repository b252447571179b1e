import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { finishRun } from "../../../src/ledger/runs.ts";
import { recordState, started } from "../../support/record.ts";
import { workspace } from "../../support/workspace.ts";

const here = join(import.meta.dirname, "../../..");

test.each(["both", "stderr"])(
  "on a terminal (%s) the run is drawn as it goes on, anew when the terminal changes, and ends as the run does",
  async (which) => {
    const { dir } = workspace();
    const state = recordState({ stateDir: join(dir, ".git", "agentctl"), clock: systemClock });
    const journal = state.begin("r-live1");
    await journal.append("run.started", started);
    const limits = { iterations: 20, tokens: 9_000, costUsd: 1, wallMs: 600_000, outputTokens: 2_000 };
    const agent = { root: "r-live1", part: 1, objective: "What was it?", agent: "quant", agentDigest: "a1", level: 2, tools: [], toolsDigest: "b2", limits };
    await journal.append("agent.started", agent);
    await journal.append("plan.made", { subtasks: [{ id: "s1", objective: "look", after: [] }] });
    await journal.append("subtask.started", { subtask: "s1", objective: "look" });
    await journal.append("model.asked", { key: "s1.1", subtask: "s1", role: "coder", digest: "c3", messages: [], outputTokensMax: 10 });

    const out = join(dir, "stdout.txt");
    const command = [process.execPath, join(here, "bin/dev.js"), "run", "watch", "r-live1"];
    const child = spawn("python3", [join(here, "test/support/terminal.py"), out, which, ...command], { cwd: dir });
    let screen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (screen += text));
    const exited = once(child, "exit");
    await expect.poll(() => screen, { timeout: 60_000 }).toMatch(/▸ s1 +at work +a model \(coder\) for \d/);
    child.stdin.write("s 40 10\n");
    await expect.poll(() => screen.split("\u001B[J").at(-1)?.split("\r\n")[1]?.length, { timeout: 20_000 }).toBeLessThan(40);

    const usage = { inputTokens: 90, outputTokens: 10 };
    await journal.append("model.answered", { key: "s1.1", outcome: "ok", text: "it was 7", usage, costUsd: 0.5, attempts: [], durationMs: 9 });
    await journal.append("subtask.finished", { subtask: "s1", outcome: "failed", why: "gave up" });
    await journal.append("run.finished", { outcome: "failed", durationMs: 9_000 });
    journal.close();
    finishRun(state.ledger, "r-live1", "failed", "2026-11-21T12:00:03.000Z");
    state.ledger.close();
    expect(await exited).toEqual([1, null]);
    expect(screen.split("\u001B[J").at(-1)).toMatch(/✗ s1[^]*\| it was 7/);
    // Data is data: without a terminal there, stdout has its lines and nothing that moves.
    const lines = readFileSync(out, "utf8");
    expect(lines.includes("run.finished")).toBe(which === "stderr");
    expect(lines).not.toContain("\u001B");
  },
  120_000,
);
