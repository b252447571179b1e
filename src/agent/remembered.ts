import { canonicalJson } from "../base/canonical-json.ts";
import type { ModelAnswered } from "../event/call-events.ts";
import { nameOf, type History, type PastTool } from "./history.ts";
import type { ToolCall } from "./message.ts";
import type { ModelAttempt, ModelOutcome } from "./model.ts";
import type { AgentPorts, StepOf, ToolOutcome } from "./ports.ts";
import { requestDigest } from "./request-digest.ts";

/** Where what happens now differs from what is on record. */
export interface Divergence {
  key: string;
  what: "prompt" | "policy" | "tool" | "answer" | "record";
  /** For people: what was, what is. */
  message: string;
}

/** What stands behind the record: the world, or in a replay nothing. */
export interface LivePorts extends AgentPorts {
  /** A call that was begun and of which nobody knows the end. */
  actAgain(step: StepOf, call: ToolCall, past: PastTool): Promise<ToolOutcome>;
  /** Counts what a step on record has cost. */
  count(spent: { tokens: number; costUsd: number; iterations: number; toolCalls: number }): void;
}

export interface Remembering {
  history: History;
  live: LivePorts;
  onDivergence: (divergence: Divergence) => void;
  /** Going on: what failed, or reached a limit, is tried again. In a replay it fails as it did. */
  retries: boolean;
}

/** Ports that answer from the record as far as it goes, and from `live` after it. */
export function remembered({ history, live, onDivergence, retries }: Remembering): AgentPorts {
  /** Whether a model is asked for this step now: the record has no answer, or one that is no use. */
  const isAsked = (key: string): boolean => {
    const outcome = history.models.get(key)?.answered?.outcome;
    return outcome === undefined || (retries && outcome !== "ok");
  };
  return {
    async ask(step, request, seen) {
      const past = history.models.get(step.key);
      if (past?.answered === undefined || isAsked(step.key)) return live.ask(step, request, seen);
      if (requestDigest(request) !== past.asked.digest)
        onDivergence({ key: step.key, what: "prompt", message: `the ${request.role}'s request of ${step.key} is not the one on record` });
      live.count({ tokens: tokensOf(past.answered), costUsd: past.answered.costUsd ?? 0, iterations: 1, toolCalls: 0 });
      return outcomeOf(past.answered);
    },
    async act(step, call) {
      const past = history.tools.get(step.key);
      if (past === undefined) return live.act(step, call);
      const { asked, finished } = past;
      if (asked.tool !== recordedName(call.name) || canonical(asked.args) !== canonical(call.args)) {
        onDivergence({ key: step.key, what: "answer", message: `the record has a call of ${asked.tool} here, the model calls ${call.name} otherwise` });
      }
      if (finished === undefined) return asked.refused === true ? live.act(step, call) : live.actAgain(step, call, past);
      live.count({ tokens: 0, costUsd: 0, iterations: 0, toolCalls: 1 });
      return { waits: false, outcome: finished.outcome, text: finished.text };
    },
    async limit(step, iteration) {
      const past = history.limits.get(step.key);
      if (past !== undefined && !retries) return past;
      return isAsked(step.key) ? live.limit(step, iteration) : undefined;
    },
    async maySplit(subtasks) {
      return history.plan === undefined ? live.maySplit(subtasks) : history.plan.subtasks.length > 1;
    },
    async check(step, answer) {
      const past = (history.judged.get(step.key) ?? []).flatMap(({ by, accepted, why }) =>
        by === "critic" ? [] : [{ by, problem: accepted ? undefined : (why ?? "not accepted") }],
      );
      return past.length > 0 ? past : live.check(step, answer);
    },
    async record(kind, data) {
      const past = history.loop.get(nameOf(kind, data));
      if (past === undefined || (retries && canonical(past) !== canonical(data))) return live.record(kind, data);
      if (canonical(past) !== canonical(data))
        onDivergence({ key: nameOf(kind, data), what: "record", message: `${kind} was ${brief(past)}, is ${brief(data)}` });
    },
  };
}

/** The name of a tool as its records have it: bounded, whatever a model calls. */
export function recordedName(name: string): string {
  return name.slice(0, 64).toWellFormed();
}

/** A recorded answer as the loop takes it. */
export function outcomeOf(answered: ModelAnswered): ModelOutcome {
  const { attempts, outcome, text = "", thinking, toolCalls = [], finish = "stop", usage, costUsd = 0, model = "", cached = false } = answered;
  const tries = attempts.map((attempt) => ({ ...attempt, outcome: attempt.outcome as ModelAttempt["outcome"] }));
  if (outcome !== "ok") return { ok: false, outcome, why: answered.why ?? outcome, limit: answered.limit, attempts: tries };
  const calls = toolCalls.map(({ id, name, args, problem }) => ({ id, name, args, problem }));
  return {
    ok: true,
    answer: { text, thinking, toolCalls: calls, finish, usage: usage ?? { inputTokens: 0, outputTokens: 0 }, costUsd, model, cached, attempts: tries },
  };
}

function tokensOf({ usage }: ModelAnswered): number {
  return usage === undefined ? 0 : usage.inputTokens + usage.outputTokens;
}

function canonical(value: unknown): string {
  return canonicalJson(value === undefined ? null : JSON.parse(JSON.stringify(value)));
}

function brief(value: unknown): string {
  const text = canonical(value);
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}
