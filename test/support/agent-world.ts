import type { Agent } from "../../src/agent/agent.ts";
import type { ToolCall } from "../../src/agent/message.ts";
import type { ModelOutcome, ModelRequest } from "../../src/agent/model.ts";
import type { LivePorts } from "../../src/agent/remembered.ts";
import { outcomeOf } from "../../src/agent/remembered.ts";
import { requestDigest } from "../../src/agent/request-digest.ts";
import { openMeter } from "../../src/operations/agent-meter.ts";
import type { EventData, EventKind, EventRecord } from "../../src/event/events.ts";
import type { ModelAnswered, ToolFinished } from "../../src/event/call-events.ts";

/** An agent for tests of the loop. */
export const testAgent: Agent = {
  name: "tester",
  description: "works for tests",
  version: "1.0.0",
  level: 2,
  tools: ["look"],
  approval: [],
  plan: false,
  criticRounds: 0,
  limits: { iterations: 8, tokens: 1_000_000, costUsd: 10, wallMs: 3_600_000, outputTokens: 1000 },
  output: { sources: false },
  intents: [],
  prompt: "You are a tester.",
  digest: "d".repeat(64),
};

/** What the model of a test says: a text and calls. */
export interface Said {
  text?: string;
  calls?: { name: string; args?: unknown }[];
  finish?: "stop" | "length";
}

/** Ends the process of a test, as a kill would: nothing after it is on record. */
export class Killed extends Error {}

export interface WorldOptions {
  /** The answer to a request; the n-th of its subtask, by how often the model has spoken in it. */
  model: (request: ModelRequest, turn: number, key: string) => Said | Extract<ModelOutcome, { ok: false }>;
  /** What a tool comes to; counts as its effect. */
  tool?: (call: ToolCall, key: string) => string;
  /** Records that are written before the process is killed. */
  killAfter?: number;
  agent?: Agent;
  check?: LivePorts["check"];
}

export interface World {
  ports: LivePorts;
  records: EventRecord[];
  /** Keys of the effects that happened, in order. */
  effects: string[];
}

/** Live ports over an array of records, which stands for the journal: what a kill cuts off, and what is there after it, is exact. */
export function agentWorld(options: WorldOptions, records: EventRecord[] = [], effects: string[] = []): World {
  const { model, tool = () => "done", killAfter = Number.POSITIVE_INFINITY, agent = testAgent } = options;
  const meter = openMeter(agent.limits, 0);
  let written = 0;
  const append = <K extends EventKind>(kind: K, data: EventData[K]): void => {
    if (written >= killAfter) throw new Killed();
    written += 1;
    const record: EventRecord<K> = {
      v: 1,
      run: "r-test",
      seq: records.length,
      ts: "2026-11-28T09:00:00.000Z",
      kind,
      data: JSON.parse(JSON.stringify(data)) as EventData[K],
      prev: "",
      hash: "",
    };
    records.push(record);
  };
  const perform = async (key: string, subtask: string, call: ToolCall): Promise<{ waits: false; outcome: ToolFinished["outcome"]; text: string }> => {
    append("tool.asked", { key, subtask, tool: call.name, class: "W", repeatable: false, args: call.args ?? null, decisions: [] });
    await Promise.resolve();
    const text = tool(call, key);
    effects.push(key);
    append("tool.finished", { key, tool: call.name, outcome: "ok", text, durationMs: 1 });
    return { waits: false, outcome: "ok", text };
  };
  const ports: LivePorts = {
    async ask({ key, subtask }, request, seen) {
      append("model.asked", {
        key,
        subtask,
        role: request.role,
        digest: requestDigest(request),
        messages: request.messages.slice(seen).map((message) => ({ ...message })),
        outputTokensMax: request.outputTokensMax,
      });
      await Promise.resolve();
      const said = model(request, request.messages.filter(({ role }) => role === "assistant").length, key);
      const answered: ModelAnswered =
        "ok" in said
          ? { key, outcome: said.outcome, why: said.why, attempts: [], durationMs: 1 }
          : {
              key,
              outcome: "ok",
              text: said.text ?? "",
              toolCalls: (said.calls ?? []).map(({ name, args = {} }, index) => ({ id: `${key}-${index}`, name, args })),
              finish: said.finish ?? ((said.calls ?? []).length > 0 ? "tool-calls" : "stop"),
              usage: { inputTokens: 10, outputTokens: 5 },
              costUsd: 0.001,
              model: "test/model",
              cached: false,
              attempts: [],
              durationMs: 1,
            };
      append("model.answered", answered);
      meter.count({ iterations: 1, tokens: 15, costUsd: 0.001 });
      return outcomeOf(answered);
    },
    async act({ key, subtask }, call) {
      meter.count({ toolCalls: 1 });
      return perform(key, subtask, call);
    },
    async actAgain({ key }, call) {
      // As a person does who was asked and said not to repeat it.
      append("tool.finished", { key, tool: call.name, outcome: "unknown", text: "done", durationMs: 0 });
      return { waits: false, outcome: "unknown", text: "done" };
    },
    async limit({ key }, iteration) {
      const hit = meter.hit(iteration);
      if (hit !== undefined) append("limit.reached", { key, ...hit });
      return hit;
    },
    maySplit: async () => true,
    check: options.check ?? (async () => []),
    async record(kind, data) {
      append<EventKind>(kind, data);
    },
    count: meter.count,
  };
  return { ports, records, effects };
}
