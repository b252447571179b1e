import type { EventData, EventKind, EventRecord } from "../event/events.ts";
import { modelAttributes, answeredAttributes } from "./model-attributes.ts";
import type { Attributes, Span, SpanEvent } from "./otlp.ts";

/** What spans are made of while records come in. */
interface Building {
  content: boolean;
  root: Span;
  spans: Map<string, Span>;
  open: Set<string>;
  /** Whether the agent of this part has said how it ended. */
  told: boolean;
  /** Decisions that no call has named yet. */
  decisions: Map<string, SpanEvent>;
  lastMs: number;
}

type Handlers = { [K in EventKind]?: (building: Building, data: EventData[K], atMs: number, record: EventRecord<K>) => void };

/**
 * A run, all its parts one after the other, as spans: the run, its subtasks, calls of models, tools and skills in them, with the names of OpenTelemetry's
 * GenAI conventions. Decisions, approvals, limits and requests are events of the span that they concern. What people, models and tools wrote is left out
 * unless `content`. Empty without records.
 */
export function runSpans(run: string, records: readonly EventRecord[], { content }: { content: boolean }): Span[] {
  const [first] = records;
  if (first === undefined) return [];
  const startMs = Date.parse(first.ts);
  const root: Span = {
    key: "",
    parent: undefined,
    name: "agentctl",
    kind: "internal",
    startMs,
    endMs: startMs,
    attributes: { "agentctl.run": run },
    events: [],
  };
  const building: Building = { content, root, spans: new Map([["", root]]), open: new Set([""]), told: false, decisions: new Map(), lastMs: startMs };
  for (const record of records) take(building, record);
  for (const event of building.decisions.values()) root.events.push(event);
  // What a crash cut off ends with the last thing that is known.
  for (const key of building.open) {
    const span = building.spans.get(key);
    if (span === undefined) continue;
    span.endMs = building.lastMs;
    if (key !== "") span.error ??= "its end is not on record";
  }
  return [...building.spans.values()];
}

function take<K extends EventKind>(building: Building, record: EventRecord<K>): void {
  const atMs = Date.parse(record.ts);
  // A clock that went back does not turn time around.
  building.lastMs = Math.max(building.lastMs, atMs);
  handlers[record.kind]?.(building, record.data, building.lastMs, record);
}

const handlers: Handlers = {
  "run.started": (building, { command, actor, workspace, policy }, atMs, { run }) => {
    const { root } = building;
    building.told = false;
    root.name = root.name === "agentctl" ? `agentctl ${command.split(" ")[0] ?? ""}`.trim() : root.name;
    const facts = { "agentctl.actor.kind": actor.kind, "agentctl.workspace.commit": workspace.commit, "agentctl.policy.commit": policy.commit };
    Object.assign(root.attributes, facts);
    root.events.push({ name: "agentctl.part", atMs, attributes: { "agentctl.part": run } });
  },
  "agent.started": ({ root, content }, { agent, agentDigest, level, objective, root: of, forkOf }) => {
    root.name = `invoke_agent ${agent}`;
    Object.assign(root.attributes, {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": agent,
      "gen_ai.agent.version": agentDigest,
      "gen_ai.conversation.id": of,
      "agentctl.agent.level": level,
      "agentctl.fork_of": forkOf?.run,
      "gen_ai.input.messages": content ? messages("user", objective) : undefined,
    } satisfies Attributes);
  },
  "agent.finished": (building, { outcome, answer, why }) => {
    const { root, content } = building;
    building.told = true;
    root.attributes["agentctl.outcome"] = outcome;
    if (content && answer !== undefined) root.attributes["gen_ai.output.messages"] = messages("assistant", answer);
    fail(root, outcome, content ? why : undefined);
  },
  "run.finished": ({ root, content, told }, { outcome, error, message }) => {
    // An agent that could say how it ended has said it better.
    if (told) return;
    root.attributes["agentctl.outcome"] = outcome;
    fail(root, outcome, content ? message : undefined, error);
  },
  "subtask.started": (building, { subtask, objective }, atMs) => {
    const key = subtaskKey(subtask);
    begin(building, key, "", { name: `subtask ${subtask}`, startMs: atMs, attributes: { "agentctl.subtask": subtask } });
    if (building.content) attributes(building, key, { "agentctl.objective": objective });
  },
  "subtask.finished": (building, { subtask, outcome, why }, atMs) => {
    end(building, subtaskKey(subtask), atMs, outcome, { "agentctl.outcome": outcome }, building.content ? why : undefined);
  },
  "model.asked": (building, data, atMs) => {
    const { name, attributes: facts } = modelAttributes(data, building.content);
    begin(building, `model ${data.key}`, parentOf(building, data.subtask), { name, kind: "client", startMs: atMs, attributes: facts });
  },
  "model.answered": (building, data, atMs) => {
    const key = `model ${data.key}`;
    const facts = answeredAttributes(data, building.content);
    const span = building.spans.get(key);
    // Where a role was asked for, the model is known with its answer.
    if (span?.name === "chat" && facts["gen_ai.response.model"] !== undefined) {
      span.name = `chat ${String(facts["gen_ai.response.model"])}`;
      span.attributes["gen_ai.request.model"] = facts["gen_ai.response.model"];
    }
    end(building, key, atMs, data.outcome, facts, building.content ? data.why : undefined);
  },
  "tool.asked": (building, { key, subtask, tool, class: risk, args, decisions, approval, grant }, atMs) => {
    const span = begin(building, `tool ${key}`, parentOf(building, subtask), {
      name: `execute_tool ${tool}`,
      startMs: atMs,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": key,
        "agentctl.class": risk,
        "agentctl.approval": approval,
        "agentctl.grant": grant,
        "gen_ai.tool.call.arguments": building.content ? JSON.stringify(args) : undefined,
      },
    });
    for (const id of decisions) {
      const event = building.decisions.get(id);
      if (event !== undefined) span.events.push(event);
      building.decisions.delete(id);
    }
  },
  "tool.finished": (building, { key, outcome, text }, atMs) => {
    end(building, `tool ${key}`, atMs, outcome, { "agentctl.outcome": outcome, "gen_ai.tool.call.result": building.content ? text : undefined });
  },
  "skill.started": (building, { call, skill, digest, trust, image, input }, atMs) => {
    const tool = [...building.open].findLast((key) => key.startsWith("tool ")) ?? "";
    begin(building, `skill ${call}`, tool, {
      name: `execute_tool ${skill}`,
      startMs: atMs,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": skill,
        "gen_ai.tool.type": "extension",
        "gen_ai.tool.call.id": call,
        "agentctl.skill.digest": digest,
        "agentctl.skill.trust": trust,
        "agentctl.image": image,
        "gen_ai.tool.call.arguments": building.content ? JSON.stringify(input) : undefined,
      },
    });
  },
  "skill.finished": (building, { call, outcome, exitCode, oomKilled, output }, atMs) => {
    const result = building.content ? JSON.stringify(output) : undefined;
    end(building, `skill ${call}`, atMs, outcome, {
      "agentctl.outcome": outcome,
      "agentctl.exit_code": exitCode,
      "agentctl.oom_killed": oomKilled,
      "gen_ai.tool.call.result": result,
    });
  },
  "decision.made": ({ decisions }, { id, effect, rules, request }, atMs) => {
    const { action, class: risk, host, port } = request as { action?: string; class?: string; host?: string; port?: number };
    decisions.set(id, {
      name: "agentctl.decision",
      atMs,
      attributes: {
        "agentctl.decision": id,
        "agentctl.effect": effect,
        "agentctl.rules": rules,
        "agentctl.action": action,
        "agentctl.class": risk,
        "server.address": host,
        "server.port": port,
      },
    });
  },
  "approval.asked": (building, { approval, key, kind, effect }, atMs) => {
    note(building, key, "agentctl.approval.asked", atMs, { "agentctl.approval": approval, "agentctl.approval.kind": kind, "agentctl.effect": effect });
  },
  "approval.used": (building, { approval, key, state }, atMs) => {
    note(building, key, "agentctl.approval.used", atMs, { "agentctl.approval": approval, "agentctl.approval.state": state });
  },
  "limit.reached": (building, { key, limit, used, most }, atMs) => {
    note(building, key, "agentctl.limit", atMs, { "agentctl.limit": limit, "agentctl.limit.used": { double: used }, "agentctl.limit.most": { double: most } });
  },
  "answer.judged": (building, { key, by, accepted }, atMs) => {
    note(building, key, "agentctl.judgement", atMs, { "agentctl.judge": by, "agentctl.accepted": accepted });
  },
  "net.requested": (building, { key, outcome, host, port, bytesUp, bytesDown }, atMs) => {
    note(building, key, "agentctl.net", atMs, {
      "agentctl.outcome": outcome,
      "server.address": host,
      "server.port": port,
      "agentctl.bytes_up": bytesUp,
      "agentctl.bytes_down": bytesDown,
    });
  },
};

/** Begins a span, or goes on with one that an earlier part began. */
function begin(building: Building, key: string, parent: string, made: Pick<Span, "name" | "startMs" | "attributes"> & { kind?: Span["kind"] }): Span {
  const before = building.spans.get(key);
  const span: Span = before ?? { key, parent, kind: "internal", endMs: made.startMs, events: [], ...made };
  Object.assign(span.attributes, made.attributes);
  delete span.error;
  building.spans.set(key, span);
  building.open.add(key);
  return span;
}

function end(building: Building, key: string, atMs: number, outcome: string, more: Attributes, why?: string): void {
  const span = building.spans.get(key);
  if (span === undefined) return;
  building.open.delete(key);
  span.endMs = atMs;
  Object.assign(span.attributes, more);
  fail(span, outcome, why);
}

function attributes(building: Building, key: string, more: Attributes): void {
  Object.assign(building.spans.get(key)?.attributes ?? {}, more);
}

/** What waits, and what somebody put off, has not failed. */
const fine = new Set(["ok", "waiting", "skipped"]);

function fail(span: Span, outcome: string, why: string | undefined, error?: string): void {
  delete span.error;
  delete span.attributes["error.type"];
  if (fine.has(outcome)) return;
  span.error = why ?? outcome;
  span.attributes["error.type"] = error ?? outcome;
}

/** An event of the call with that key, else of its subtask, else of the run. */
function note(building: Building, key: string, name: string, atMs: number, more: Attributes): void {
  const keys = [`tool ${key}`, `model ${key}`, subtaskKey(key.split(".")[0] ?? ""), ""];
  const span = keys.map((each) => building.spans.get(each)).find((each) => each !== undefined) ?? building.root;
  span.events.push({ name, atMs, attributes: more });
}

function subtaskKey(subtask: string): string {
  return `subtask ${subtask}`;
}

function parentOf({ spans }: Building, subtask: string): string {
  return spans.has(subtaskKey(subtask)) ? subtaskKey(subtask) : "";
}

/** A text as the conventions write messages. */
function messages(role: "user" | "assistant", content: string): string {
  return JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
}
