import type { AgentStarted } from "../../src/event/agent-events.ts";
import type { ModelAnswered } from "../../src/event/call-events.ts";
import type { DecisionMade } from "../../src/event/decision-made.ts";
import { addAgentRun, endAgentRun, nextPart } from "../../src/ledger/agent-runs.ts";
import { finishRun, type RunState } from "../../src/ledger/runs.ts";
import { writeBlob } from "../../src/trace/blobs.ts";
import type { Journal } from "../../src/trace/journal.ts";
import { started, type RecordState } from "./record.ts";

export interface RecordedAgentRun {
  root: string;
  /** Names of its parts, in order. */
  parts: string[];
  /** The approval that its first part waits for. */
  approval: string;
}

export interface AgentRunOptions {
  root?: string;
  objective?: string;
  answer?: string;
  /** `waiting`: only the first part, which waits for an approval that nobody has given. Default `end`. */
  until?: "waiting" | "end";
}

/**
 * A run of the agent `quant` as it stands on record: the first part reads a file and waits for an approval of a shell command, a person approves in a run of
 * their own (`r-v…`), the second part does it, drafts a proposal and answers. Through the real journal.
 */
export async function recordedAgentRun(state: RecordState, options: AgentRunOptions = {}): Promise<RecordedAgentRun> {
  const { root = "r-agent1", objective = "What was the worst drawdown?", answer = "The worst drawdown was 33.9 % [s1.1.1].", until = "end" } = options;
  const approval = `a-${root.slice(2)}`;
  const first = await begin(state, root, agentStarted(root, 1, objective));
  addAgentRun(state.ledger, { root, agent: "quant", objective, started: "2026-11-21T12:00:00.000Z" });
  await untilApproval(first, approval, objective);
  await finish(state, first, "waiting", { outcome: "waiting", why: `s1: waits for ${approval}`, waitsFor: [approval], iterations: 2, toolCalls: 1 });
  if (until === "waiting") return { root, parts: [root], approval };

  await vote(state, root, approval);
  nextPart(state.ledger, root);
  const second = await begin(state, `${root}-2`, agentStarted(root, 2, objective));
  await afterApproval(second, state.stateDir, approval, answer);
  await finish(state, second, "ok", { outcome: "ok", answer, iterations: 3, toolCalls: 3 });
  return { root, parts: [root, `${root}-2`], approval };
}

async function begin(state: RecordState, run: string, data: AgentStarted): Promise<Journal> {
  const journal = state.begin(run);
  await journal.append("run.started", { ...started, command: "run start quant" });
  await journal.append("agent.started", data);
  return journal;
}

interface End {
  outcome: "ok" | "waiting";
  why?: string;
  answer?: string;
  waitsFor?: string[];
  iterations: number;
  toolCalls: number;
}

async function finish(state: RecordState, journal: Journal, outcome: Exclude<RunState, "running">, end: End): Promise<void> {
  const root = journal.run.replace(/-2$/, "");
  await journal.append("agent.finished", { root, ...end, tokens: end.iterations * 1_100, costUsd: end.iterations * 0.002 });
  await journal.append("run.finished", { outcome, durationMs: 2_400 });
  journal.close();
  endAgentRun(state.ledger, root, end.outcome);
  finishRun(state.ledger, journal.run, outcome, "2026-11-21T12:00:03.000Z");
}

function agentStarted(root: string, part: number, objective: string): AgentStarted {
  const limits = { iterations: 20, tokens: 100_000, costUsd: 1, wallMs: 600_000, outputTokens: 2_000 };
  const tools = ["read_file", "shell", "propose_change"];
  return { root, part, objective, agent: "quant", agentDigest: "a1".repeat(32), level: 2, tools, toolsDigest: "b2".repeat(32), limits };
}

function decision(id: string, effect: DecisionMade["effect"], tool: string): DecisionMade {
  const request = { action: "tool.call", class: "R", actor: { kind: "agent", name: "quant", level: 2 }, tool };
  return { id, effect, rules: [`agents/${tool}`], reason: `${tool} is ${effect}`, policy: started.policy, request };
}

async function asked(journal: Journal, key: string, toolCalls: NonNullable<ModelAnswered["toolCalls"]>, text = ""): Promise<void> {
  const messages = [{ role: "user", text: "go on" }];
  await journal.append("model.asked", { key, subtask: "s1", role: "coder", digest: "c3".repeat(32), messages, outputTokensMax: 2_000 });
  const model = "openai/gpt-small";
  await journal.append("model.answered", {
    key,
    outcome: "ok",
    text,
    toolCalls,
    finish: toolCalls.length > 0 ? "tool-calls" : "stop",
    usage: { inputTokens: 1_000, outputTokens: 100 },
    costUsd: 0.002,
    model,
    cached: false,
    attempts: [{ model, outcome: "ok", durationMs: 640 }],
    durationMs: 650,
  });
}

const command = { command: ["python3", "scratch/drawdown.py"] };

async function untilApproval(journal: Journal, approval: string, objective: string): Promise<void> {
  await journal.append("plan.made", { subtasks: [{ id: "s1", objective, after: [] }] });
  await journal.append("subtask.started", { subtask: "s1", objective });
  await asked(journal, "s1.1", [{ id: "call_1", name: "read_file", args: { path: "data/prices.csv" } }]);
  await journal.append("decision.made", decision("d-1", "allow", "read_file"));
  const call = { key: "s1.1.1", tool: "read_file" };
  await journal.append("tool.asked", { ...call, subtask: "s1", class: "R", repeatable: true, args: { path: "data/prices.csv" }, decisions: ["d-1"] });
  await journal.append("tool.finished", { ...call, outcome: "ok", text: "date,close\n2020-03-23,2237.4\n", durationMs: 31 });
  await journal.append("checkpoint.made", { key: "s1.1", subtask: "s1", iterations: 1, tokens: 1_100, costUsd: 0.002 });
  await asked(journal, "s1.2", [{ id: "call_2", name: "shell", args: command }]);
  await journal.append("decision.made", decision("d-2", "approve", "shell"));
  const expires = "2999-01-01T00:00:00.000Z";
  await journal.append("approval.asked", { approval, key: "s1.2.1", kind: "action", effect: "approve", digest: "d4".repeat(32), expires });
  await journal.append("subtask.finished", { subtask: "s1", outcome: "waiting", why: `waits for ${approval}` });
}

async function vote(state: RecordState, run: string, approval: string): Promise<void> {
  const journal = state.begin(`r-v${run.slice(2)}`);
  await journal.append("run.started", { ...started, command: `approval approve ${approval}` });
  const voted = { approval, run, digest: "d4".repeat(32), who: "ada", how: "unsigned", vote: "approve", note: "fine", state: "approved" } as const;
  await journal.append("approval.voted", voted);
  const granted = { agent: "quant", action: "net.connect", scope: { host: "example.org" }, until: "2999-01-01T00:00:00.000Z", by: "ada", approval };
  await journal.append("grant.given", { grant: `gr-${run.slice(2)}`, ...granted });
  await journal.append("run.finished", { outcome: "ok", durationMs: 12 });
  journal.close();
  finishRun(state.ledger, journal.run, "ok", "2026-11-21T12:00:04.000Z");
}

async function afterApproval(journal: Journal, stateDir: string, approval: string, answer: string): Promise<void> {
  const shell = { key: "s1.2.1", tool: "shell" };
  await journal.append("approval.used", { approval, key: "s1.2.1", state: "approved", by: ["ada"], note: "fine" });
  await journal.append("tool.asked", { ...shell, subtask: "s1", class: "W", repeatable: false, args: command, decisions: ["d-2"], approval });
  const changes = [
    { path: "scratch/drawdown.csv", ...writeBlob(stateDir, "depth\n0.339\n") },
    { path: "scratch/old.csv", removed: true },
  ];
  const artifacts = [{ path: "drawdown.png", ...writeBlob(stateDir, "a picture of a drawdown") }];
  await journal.append("tool.finished", { ...shell, outcome: "ok", text: "0.339", changes, artifacts, durationMs: 210 });
  await journal.append("checkpoint.made", { key: "s1.2", subtask: "s1", iterations: 2, tokens: 2_200, costUsd: 0.004 });

  await asked(journal, "s1.3", [{ id: "call_3", name: "propose_change", args: { title: "Note the drawdown" } }], answer);
  await journal.append("decision.made", decision("d-3", "allow", "propose_change"));
  const propose = { key: "s1.3.1", tool: "propose_change" };
  await journal.append("tool.asked", { ...propose, subtask: "s1", class: "W", repeatable: true, args: { title: "Note the drawdown" }, decisions: ["d-3"] });
  const files = [{ path: "notes/drawdown.md", ...writeBlob(stateDir, "33.9 %\n") }];
  const drafted = { proposal: `p-${approval.slice(2)}`, key: "s1.3.1", agent: "quant", title: "Note the drawdown", rationale: "asked for" };
  await journal.append("proposal.drafted", { ...drafted, base: "a".repeat(40), files });
  await journal.append("tool.finished", { ...propose, outcome: "ok", text: "kept", durationMs: 4 });
  await journal.append("limit.reached", { key: "s1.4", limit: "iterations", used: 3, most: 3 });
  await journal.append("answer.judged", { key: "s1.3", subtask: "s1", by: "sources", accepted: true });
  await journal.append("subtask.finished", { subtask: "s1", outcome: "ok", answer });
}
