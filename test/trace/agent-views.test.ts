import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ask } from "../../src/trace/ask.ts";
import { closeJournals } from "../../src/trace/close-journals.ts";
import { listHeads } from "../../src/ledger/heads.ts";
import { recordedAgentRun } from "../support/agent-record.ts";
import { recordState, started, type RecordState } from "../support/record.ts";
import { folder } from "../support/workspace.ts";

let state: RecordState;
const rows = async (sql: string): Promise<unknown[][]> => (await ask(state.stateDir, sql)).rows;

beforeAll(async () => {
  state = recordState({ stateDir: join(folder(), "state") });
  await recordedAgentRun(state, { root: "r-done" });
  await recordedAgentRun(state, { root: "r-waits", until: "waiting" });
  await killedRun();
});

/** A process that was killed in a tool call, and was ended by recovery; then a part that goes on and is still at it. */
async function killedRun(): Promise<void> {
  const start = {
    root: "r-killed",
    objective: "x".repeat(20_000),
    agent: "code",
    agentDigest: "e".repeat(64),
    level: 1,
    tools: [],
    toolsDigest: "f",
    limits: {},
  };
  const subtasks = [
    { id: "s1", objective: "first", after: [] },
    { id: "s2", objective: "second", after: ["s1"] },
  ];
  const first = state.begin("r-killed");
  await first.append("run.started", started);
  await first.append("agent.started", { ...start, part: 1, forkOf: { run: "r-done", at: 12 } });
  await first.append("plan.made", { subtasks });
  await first.append("subtask.started", { subtask: "s1", objective: "first" });
  const call = { key: "s1.1.1", subtask: "s1", tool: "shell", class: "W", repeatable: false, args: {}, grant: "gr-1" } as const;
  await first.append("tool.asked", { ...call, decisions: ["d-1", "d-2"] });
  await first.append("run.finished", { outcome: "interrupted", durationMs: 4 });
  first.close();
  const second = state.begin("r-killed-2");
  await second.append("run.started", started);
  await second.append("agent.started", { ...start, part: 2 });
  await second.append("tool.finished", { key: "s1.1.1", tool: "shell", outcome: "unknown", text: "", durationMs: 0 });
  await second.append("model.asked", { key: "s1.2", subtask: "s1", role: "critic", model: "local-fast", digest: "d", messages: [], outputTokensMax: 1 });
  second.close();
}

test("an objective is one row, whatever parts it took", async () => {
  expect(
    await rows(`SELECT run, agent, level, left(objective, 9), parts, outcome, iterations, tool_calls, tokens, cost_usd, answer, waits_for, fork_of,
      finished > started FROM agent_runs ORDER BY run`),
  ).toEqual([
    ["r-done", "quant", 2, "What was ", 2, "ok", 3, 3, 3300, 0.006, "The worst drawdown was 33.9 % [s1.1.1].", null, null, true],
    ["r-killed", "code", 1, "xxxxxxxxx", 2, null, 0, 1, 0, 0, null, null, "r-done", null],
    ["r-waits", "quant", 2, "What was ", 1, "waiting", 2, 1, 2200, 0.004, null, ["a-waits"], null, true],
  ]);
});

test("subtasks stand as the last part left them, also those that never began", async () => {
  expect(await rows("SELECT run, part, subtask, objective, outcome, why FROM subtasks ORDER BY run, subtask")).toEqual([
    ["r-done", "r-done-2", "s1", "What was the worst drawdown?", "ok", null],
    ["r-killed", "r-killed", "s1", "first", null, null],
    ["r-killed", "r-killed", "s2", "second", null, null],
    ["r-waits", "r-waits", "s1", "What was the worst drawdown?", "waiting", "waits for a-waits"],
  ]);
});

test("calls of models and tools are joined with how they ended, over parts", async () => {
  expect(
    await rows(`SELECT run, part, key, role, model, outcome, input_tokens, cost_usd, cached, attempts, duration_ms FROM model_calls
      WHERE run <> 'r-waits' ORDER BY run, part, key`),
  ).toEqual([
    ["r-done", "r-done", "s1.1", "coder", "openai/gpt-small", "ok", 1000, 0.002, false, 1, 650],
    ["r-done", "r-done", "s1.2", "coder", "openai/gpt-small", "ok", 1000, 0.002, false, 1, 650],
    ["r-done", "r-done-2", "s1.3", "coder", "openai/gpt-small", "ok", 1000, 0.002, false, 1, 650],
    ["r-killed", "r-killed-2", "s1.2", "critic", "local-fast", null, null, null, null, null, null],
  ]);
  expect(
    await rows(`SELECT run, part, key, subtask, tool, "class", outcome, duration_ms, decisions, approval, grant_id FROM tool_calls ORDER BY run, key`),
  ).toEqual([
    ["r-done", "r-done", "s1.1.1", "s1", "read_file", "R", "ok", 31, ["d-1"], null, null],
    ["r-done", "r-done-2", "s1.2.1", "s1", "shell", "W", "ok", 210, ["d-2"], "a-done", null],
    ["r-done", "r-done-2", "s1.3.1", "s1", "propose_change", "W", "ok", 4, ["d-3"], null, null],
    ["r-killed", "r-killed-2", "s1.1.1", "s1", "shell", "W", "unknown", 0, ["d-1", "d-2"], null, "gr-1"],
    ["r-waits", "r-waits", "s1.1.1", "s1", "read_file", "R", "ok", 31, ["d-1"], null, null],
  ]);
});

test("what people answered, and what it was about", async () => {
  expect(await rows("SELECT approval, run, key, kind, effect, state, voters, expires FROM approvals ORDER BY approval")).toEqual([
    ["a-done", "r-done", "s1.2.1", "action", "approve", "approved", ["ada"], "2999-01-01 00:00:00"],
    ["a-waits", "r-waits", "s1.2.1", "action", "approve", "open", [], "2999-01-01 00:00:00"],
  ]);
  expect(await rows("SELECT approval, run, voted_in, who, how, vote, note, state FROM votes")).toEqual([
    ["a-done", "r-done", "r-vdone", "ada", "unsigned", "approve", "fine", "approved"],
  ]);
  expect(await rows("SELECT grant_id, agent, action, scope, given_by, expires, approval, revoked FROM grants")).toEqual([
    ["gr-done", "quant", "net.connect", { host: "example.org" }, "ada", "2999-01-01 00:00:00", "a-done", null],
  ]);
  expect(await rows("SELECT proposal, run, part, key, agent, title, files FROM proposals")).toEqual([
    ["p-done", "r-done", "r-done-2", "s1.3.1", "quant", "Note the drawdown", ["notes/drawdown.md"]],
  ]);
});

test("an approval that nobody answered in time has expired; votes on another action do not count", async () => {
  const other = recordState();
  await recordedAgentRun(other, { root: "r-old", until: "waiting" });
  const journal = other.begin("r-more");
  const asks = { key: "s1.9.1", kind: "action", effect: "approve", digest: "d", expires: "2020-01-01T00:00:00+02:00" } as const;
  await journal.append("run.started", started);
  const start = { root: "r-more", part: 1, objective: "o", agent: "a", agentDigest: "d", level: 1, tools: [], toolsDigest: "t", limits: {} };
  await journal.append("agent.started", start);
  await journal.append("approval.asked", { ...asks, approval: "a-late" });
  await journal.append("approval.voted", { approval: "a-old", run: "r-old", digest: "other", who: "eve", how: "unsigned", vote: "approve", state: "approved" });
  await journal.append("grant.given", { grant: "gr-1", agent: "a", action: "x", until: "2999-01-01T00:00:00Z", by: "ada" });
  await journal.append("grant.revoked", { grant: "gr-1", by: "bob" });
  journal.close();
  const answer = await ask(other.stateDir, "SELECT approval, state, voters, expires FROM approvals ORDER BY approval");
  expect(answer.rows).toEqual([
    ["a-late", "expired", [], "2019-12-31 22:00:00"],
    ["a-old", "open", [], "2999-01-01 00:00:00"],
  ]);
  expect((await ask(other.stateDir, "SELECT grant_id, revoked_by, revoked > given FROM grants")).rows).toEqual([["gr-1", "bob", true]]);
});

test("limits, judgements and what tools made", async () => {
  expect(await rows("SELECT run, part, key, limit_name, used, most FROM limits")).toEqual([["r-done", "r-done-2", "s1.4", "iterations", 3, 3]]);
  expect(await rows("SELECT run, key, judge, accepted, why FROM judgements")).toEqual([["r-done", "s1.3", "sources", true, null]]);
  expect(await rows("SELECT run, call, skill, path, bytes FROM artifacts")).toEqual([["r-done-2", "s1.2.1", null, "drawdown.png", 23]]);
});

test("closed journals answer the same", async () => {
  const views = ["agent_runs", "subtasks", "model_calls", "tool_calls", "approvals", "votes", "grants", "limits", "judgements", "proposals", "artifacts"];
  const all = async (): Promise<unknown[]> => Promise.all(views.map((view) => rows(`SELECT * FROM ${view} ORDER BY ALL`)));
  const before = await all();
  const closing = await closeJournals(state.stateDir, new Map(listHeads(state.ledger).map((head) => [head.run, head])));
  // The part that is still at it stays open.
  expect(closing).toMatchObject({ runs: 5, damaged: [] });
  expect(await all()).toEqual(before);
});
