import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { finishRun } from "../../src/ledger/runs.ts";
import { recordedAgentRun } from "../support/agent-record.ts";
import { cli } from "../support/cli.ts";
import { parseExposition, type ReadFamily } from "../support/exposition.ts";
import { recordState, skillFinished, started } from "../support/record.ts";
import { shipped } from "../support/skills.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

let ws: TestWorkspace;
let families: ReadFamily[];
const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
  families
    .flatMap(({ samples }) => samples)
    .find(
      (sample) =>
        sample.name === `agentctl_${name}` && JSON.stringify(Object.entries(sample.labels).toSorted()) === JSON.stringify(Object.entries(labels).toSorted()),
    )?.value;

beforeAll(async () => {
  ws = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies") });
  await cli(ws.dir, ["halt", "status"]);
  const state = recordState({ stateDir: join(ws.dir, ".git/agentctl") });
  await recordedAgentRun(state, { root: "r-done" });
  await recordedAgentRun(state, { root: "r-waits", until: "waiting" });
  await state.whole("r-skill", 4);
  const journal = state.begin("r-odd");
  await journal.append("run.started", started);
  const agent = 'we"ird\\\nname';
  await journal.append("agent.started", { root: "r-odd", part: 1, objective: "o", agent, agentDigest: "d", level: 1, tools: [], toolsDigest: "t", limits: {} });
  for (const n of [1, 2, 3]) {
    await journal.append("tool.asked", { key: `s1.1.${n}`, subtask: "s1", tool: `made_up_${n}`, args: {}, decisions: [], refused: true });
    await journal.append("tool.finished", { key: `s1.1.${n}`, tool: `made_up_${n}`, outcome: "invalid", text: "no such tool", durationMs: 0 });
  }
  await journal.append("net.requested", { key: "k", at: "2026-11-21T12:00:00.000Z", outcome: "refused", bytesUp: 0, bytesDown: 0 });
  await journal.append("notify.sent", { notification: "n-1", channel: "ops", topic: "halt", tries: 1 });
  await journal.append("notify.failed", { notification: "n-2", channel: "ops", topic: "halt", tries: 9, state: "failed", why: "gone" });
  await journal.append("skill.finished", { ...skillFinished, durationMs: 61_000, outcome: "timeout" });
  await journal.append("run.finished", { outcome: "failed", durationMs: 65_000, error: "base/bug", message: "m" });
  journal.close();
  // A halt ends the processes of runs that are at work, and this process is theirs.
  finishRun(state.ledger, "r-odd", "failed", "2026-11-21T12:01:05.000Z");
  families = parseExposition((await cli(ws.dir, ["metrics"])).stdout);
});

test("the record and the ledger as metrics that a strict reader reads, each with a help, a type and a stable name", () => {
  for (const { name, type, help } of families) {
    expect(name).toMatch(/^agentctl_[a-z_]+$/);
    expect(help).toMatch(/^[A-Z0-9].*\.$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(name.endsWith("_seconds")).toBe(type === "histogram");
  }
  expect(value("runs_total", { command: "run", outcome: "ok" })).toBe(1);
  expect(value("runs_total", { command: "run", outcome: "waiting" })).toBe(2);
  expect(value("agent_parts_total", { agent: "quant", outcome: "ok" })).toBe(1);
  expect(value("model_calls_total", { model: "openai/gpt-small", outcome: "ok" })).toBe(5);
  expect(value("model_input_tokens_total", { model: "openai/gpt-small" })).toBe(5000);
  expect(value("model_cost_usd_total", { model: "openai/gpt-small" })).toBeCloseTo(0.01, 9);
  expect(value("agent_cost_usd_total", { agent: "quant" })).toBeCloseTo(0.01, 9);
  expect(value("tool_calls_total", { tool: "shell", class: "W", outcome: "ok" })).toBe(1);
  expect(value("decisions_total", { class: "R", effect: "approve" })).toBe(2);
  expect(value("approvals_asked_total", { effect: "approve" })).toBe(2);
  expect(value("incidents_total", { incident: "limit" })).toBe(1);
  expect(value("incidents_total", { incident: "fault" })).toBe(1);
  expect(value("net_requests_total", { outcome: "refused" })).toBe(1);
  expect(value("notifications_total", { topic: "halt", outcome: "sent" })).toBe(1);
  expect(value("notifications_total", { topic: "halt", outcome: "failed" })).toBe(1);
});

test("durations are cumulative in fixed buckets", () => {
  const skill = { skill: "market-stats" };
  expect(value("skill_call_duration_seconds_bucket", { ...skill, le: "0.25" })).toBe(0);
  expect(value("skill_call_duration_seconds_bucket", { ...skill, le: "0.5" })).toBe(2);
  expect(value("skill_call_duration_seconds_bucket", { ...skill, le: "60" })).toBe(2);
  expect(value("skill_call_duration_seconds_bucket", { ...skill, le: "300" })).toBe(3);
  expect(value("skill_call_duration_seconds_bucket", { ...skill, le: "+Inf" })).toBe(3);
  expect(value("skill_call_duration_seconds_sum", skill)).toBeCloseTo(61.825, 6);
});

test("names that a model made up are one series, names of others cannot break the text", () => {
  expect(value("tool_calls_total", { tool: "unknown", class: "unknown", outcome: "invalid" })).toBe(3);
  expect(value("agent_parts_total", { agent: 'we"ird\\\nname', outcome: "failed" })).toBe(1);
});

test("what stands now: halt, runs, approvals, budgets", async () => {
  expect(value("halted")).toBe(0);
  expect(value("budget_left_usd", { budget: "budgets/month" })).toBe(value("budget_limit_usd", { budget: "budgets/month" }));
  await cli(ws.dir, ["halt", "--reason", "test"]);
  families = parseExposition((await cli(ws.dir, ["metrics"])).stdout);
  expect(value("halted")).toBe(1);
  expect(value("incidents_total", { incident: "halt" })).toBe(1);
});

test("a file is written whole, readable to the collector, with nothing left beside it; --json is the families", async () => {
  const { stdout } = await cli(ws.dir, ["metrics", "--file", "agentctl.prom"]);
  expect(stdout).toBe("");
  expect(parseExposition(readFileSync(join(ws.dir, "agentctl.prom"), "utf8")).length).toBeGreaterThan(15);
  expect(statSync(join(ws.dir, "agentctl.prom")).mode & 0o044).toBe(0o044);
  expect(readdirSync(ws.dir).filter((name) => name.includes("agentctl.prom"))).toEqual(["agentctl.prom"]);
  const { json } = await cli(ws.dir, ["metrics", "--json"]);
  expect(json()).toContainEqual(expect.objectContaining({ name: "agentctl_halted", samples: [{ labels: {}, value: 1 }] }));
});

test("a workspace without a record or a commit has its gauges", async () => {
  const empty = workspace({ "agentctl.yaml": "profile: small\n" }, { commit: false });
  const read = parseExposition((await cli(empty.dir, ["metrics"])).stdout);
  expect(read.map(({ name }) => name)).toEqual(["agentctl_info", "agentctl_halted", "agentctl_runs_alive", "agentctl_runs_dead", "agentctl_approvals_open"]);
});
