import { addAgentRun, endAgentRun } from "../../src/ledger/agent-runs.ts";
import { finishRun } from "../../src/ledger/runs.ts";
import { isoTime } from "../../src/base/clock.ts";
import { fixedClock, recordState, skillFinished, started } from "./record.ts";

export interface AttemptMade {
  run: string;
  /** When it starts, ms since the epoch. */
  atMs: number;
  agent?: string;
  objective?: string;
  outcome?: "ok" | "failed" | "waiting" | "limit";
  digest?: string;
  model?: string;
  policy?: string;
  durationMs?: number;
}

/** A run of an agent with one answer of a model, as it stands on record, at a time of one's choice. */
export async function attempted(stateDir: string, made: AttemptMade): Promise<void> {
  const {
    run,
    atMs,
    agent = "quant",
    objective = "count the rows",
    outcome = "ok",
    digest = "a1",
    model = "test/one",
    policy = "b",
    durationMs = 2_000,
  } = made;
  const state = recordState({ stateDir, clock: fixedClock(atMs) });
  const journal = state.begin(run);
  await journal.append("run.started", { ...started, command: `run start ${agent}`, policy: { commit: policy.repeat(40), digest: "c".repeat(64) } });
  const limits = { iterations: 20 };
  await journal.append("agent.started", {
    root: run,
    part: 1,
    objective,
    agent,
    agentDigest: digest.repeat(32),
    level: 2,
    tools: [],
    toolsDigest: "t",
    limits,
  });
  addAgentRun(state.ledger, { root: run, agent, objective, started: isoTime(atMs) });
  await journal.append("model.asked", { key: "s1.1", subtask: "s1", role: "coder", digest: "d", messages: [], outputTokensMax: 10 });
  const usage = { inputTokens: 1_000, outputTokens: 50 };
  await journal.append("model.answered", { key: "s1.1", outcome: "ok", usage, costUsd: 0.01, model, attempts: [], durationMs: 300 });
  if (outcome === "limit") await journal.append("limit.reached", { key: "s1.2", limit: "tokens", used: 5, most: 5 });
  await journal.append("agent.finished", { root: run, outcome, iterations: 1, toolCalls: 0, tokens: 1_050, costUsd: 0.01 });
  const ended = outcome === "limit" ? "budget" : outcome;
  await journal.append("run.finished", { outcome: ended, durationMs });
  journal.close();
  endAgentRun(state.ledger, run, outcome);
  finishRun(state.ledger, run, ended, isoTime(atMs + durationMs));
  state.ledger.close();
}

/** A call of a skill with an input, at a time of one's choice. */
export async function skillCalled(
  stateDir: string,
  { run, atMs, outcome = "ok", digest = "e5", input = { n: 1 } }: { run: string; atMs: number; outcome?: "ok" | "failed"; digest?: string; input?: unknown },
): Promise<void> {
  const state = recordState({ stateDir, clock: fixedClock(atMs) });
  const journal = state.begin(run);
  await journal.append("run.started", started);
  const call = { call: "c-1", skill: "market-stats", trust: "own" as const, decision: "d-1", runner: "python", image: "sha256:1", command: [], limits: {} };
  await journal.append("skill.started", { ...call, digest: digest.repeat(32), input });
  await journal.append("skill.finished", { ...skillFinished, outcome, durationMs: 400 });
  await journal.append("run.finished", { outcome, durationMs: 900 });
  journal.close();
  finishRun(state.ledger, run, outcome, isoTime(atMs + 900));
  state.ledger.close();
}
