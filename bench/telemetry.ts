import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isoTime, systemClock } from "../src/base/clock.ts";
import type { EventData, EventKind } from "../src/event/events.ts";
import { evaluateRuns } from "../src/operations/evaluate-runs.ts";
import { readLogs } from "../src/operations/read-logs.ts";
import { showMetrics } from "../src/operations/show-metrics.ts";
import { showStats, statGroups } from "../src/operations/show-stats.ts";
import { noHash, writeRecord } from "../src/trace/record.ts";
import { canonicalJson } from "../src/base/canonical-json.ts";
import { median, type BenchRow } from "./row.ts";

const runs = 500;
/** Steps of an agent in each: a model's answer, a decision, a tool's receipt. */
const steps = 10;

/** What observes a record of 500 agents' runs (33,000 records): metrics, logs, stats, evaluate, each from its call to its answer. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  const asked = { cwd: folder, env: process.env };
  try {
    const git = (...args: string[]): unknown => spawnSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], { cwd: folder });
    git("init", "--quiet", "-b", "main");
    writeFileSync(join(folder, "agentctl.yaml"), "profile: small\n");
    git("add", "-A");
    git("commit", "--quiet", "-m", "workspace");
    const records = writeJournals(join(folder, ".git", "agentctl"));
    const measured = {
      metrics: await seconds(() => showMetrics(asked)),
      stats: await seconds(() => showStats({ ...asked, days: 7, by: statGroups })),
      logs: await seconds(async () => {
        let told = 0;
        for await (const _ of readLogs({ ...asked, level: "info", kinds: [], follow: false })) told += 1;
        if (told !== records) throw new Error(`${told} of ${records} records were told`);
      }),
      evaluate: await seconds(() => evaluateRuns({ ...asked, days: 7, every: "day", thresholds: {} })),
    };
    const row = (name: string, value: number, limit: number): BenchRow => ({ name: `${name} of ${runs} runs`, value, unit: "s", limit });
    return [row("metrics", measured.metrics, 1), row("stats", measured.stats, 4), row("logs", measured.logs, 6), row("evaluate", measured.evaluate, 8)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < 3; round++) {
    const from = systemClock.monotonicMs();
    await work();
    taken.push((systemClock.monotonicMs() - from) / 1000);
  }
  return median(taken);
}

/** Journals as agents' runs leave them; answers how many records there are. */
function writeJournals(stateDir: string): number {
  mkdirSync(join(stateDir, "journal"), { recursive: true });
  let count = 0;
  const startMs = systemClock.nowMs() - 6 * 86_400_000;
  for (let n = 0; n < runs; n++) {
    const run = `r-bench${n}`;
    const lines: string[] = [];
    let prev = noHash;
    const add = <K extends EventKind>(kind: K, data: EventData[K]): void => {
      const ts = isoTime(startMs + n * 600_000 + lines.length * 1000);
      const { line, hash } = writeRecord({ run, seq: lines.length, ts, kind, prev }, canonicalJson(data));
      lines.push(line);
      prev = hash;
    };
    agentRun(run, n, add);
    count += lines.length;
    writeFileSync(join(stateDir, "journal", `${run}.jsonl`), lines.map((line) => (line.endsWith("\n") ? line : `${line}\n`)).join(""));
  }
  return count;
}

function agentRun(run: string, n: number, add: <K extends EventKind>(kind: K, data: EventData[K]) => void): void {
  const policy = { commit: "b".repeat(40), digest: "c".repeat(64) };
  const actor = { kind: "person" as const, name: "ada" };
  add("run.started", { command: "run start quant", actor, version: "0", workspace: { commit: "a".repeat(40), dirty: false }, policy });
  const agent = { agent: `agent-${n % 5}`, agentDigest: "d".repeat(64), level: 2, tools: [], toolsDigest: "t", limits: {} };
  add("agent.started", { root: run, part: 1, objective: `objective ${n % 50}`, ...agent });
  for (let step = 1; step <= steps; step++) {
    const key = `s1.${step}`;
    add("model.asked", { key, subtask: "s1", role: "coder", digest: "d", messages: [{ role: "user", text: "go on ".repeat(50) }], outputTokensMax: 1000 });
    const usage = { inputTokens: 900, outputTokens: 80 };
    add("model.answered", { key, outcome: "ok", text: "a text ".repeat(50), usage, costUsd: 0.01, model: `p/m-${n % 3}`, attempts: [], durationMs: 700 });
    const request = { action: "tool.call", class: "R", actor: { kind: "agent", name: "quant", level: 2 }, tool: "read_file" };
    add("decision.made", { id: `d-${n}-${step}`, effect: "allow", rules: ["a/b"], reason: "it may", policy, request });
    add("tool.asked", { key: `${key}.1`, subtask: "s1", tool: `tool_${step}`, class: "R", args: { path: "data/x.csv" }, decisions: [`d-${n}-${step}`] });
    add("tool.finished", { key: `${key}.1`, tool: `tool_${step}`, outcome: "ok", text: "what it read ".repeat(40), durationMs: 20 });
    add("checkpoint.made", { key, subtask: "s1", iterations: step, tokens: 980 * step, costUsd: 0.01 * step });
  }
  const outcome = n % 7 === 0 ? "failed" : "ok";
  add("agent.finished", { root: run, outcome, iterations: steps, toolCalls: steps, tokens: 980 * steps, costUsd: 0.01 * steps });
  add("run.finished", { outcome, durationMs: 9_000 });
}
