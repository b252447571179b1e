import { systemClock } from "../base/clock.ts";
import type { Model, ModelOutcome, ModelRequest } from "../agent/model.ts";
import type { StepOf } from "../agent/ports.ts";
import { outcomeOf } from "../agent/remembered.ts";
import { requestDigest } from "../agent/request-digest.ts";
import type { ModelAnswered } from "../event/call-events.ts";
import { maskLines } from "../trace/mask-stream.ts";
import { recordable } from "../trace/recordable.ts";
import type { AgentMeter } from "./agent-meter.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";

export interface ModelAsking {
  open: OpenRun;
  /** Of one subtask, whose budgets bear it. */
  modelOf: (subtask: string) => Model;
  meter: AgentMeter;
  /** Text of an answer as it comes, in whole lines, masked. */
  onText?: ((subtask: string, text: string) => void) | undefined;
  /** Text has come; what, is not told. */
  onArrival?: (() => void) | undefined;
}

/**
 * Asks a model and records it: the request is on disk before it leaves, the answer before anybody acts on it. What leaves and what comes back are masked, and
 * the loop sees exactly what is on record.
 */
export async function askModel(
  { open, modelOf, meter, onText, onArrival }: ModelAsking,
  { key, subtask }: StepOf,
  asked: ModelRequest,
  seen: number,
): Promise<ModelOutcome> {
  const request = recordable(open.mask(asked)) as ModelRequest;
  const { role, model, messages, outputTokensMax } = request;
  const named = model === undefined ? {} : { model };
  // What the subtask's last call had is on record already.
  const fresh = messages.slice(seen).map((message) => ({ ...message }));
  await open.recorder.append("model.asked", { key, subtask, role, ...named, digest: requestDigest(request), messages: fresh, outputTokensMax });
  requireGoing(open);
  const startedMs = systemClock.monotonicMs();
  const told = onText && maskedTeller(open, (text) => onText(subtask, text));
  const take = (text: string): void => {
    onArrival?.();
    told?.take(text);
  };
  const outcome = await modelOf(subtask).ask(request, { signal: open.stop, onText: take });
  told?.end();
  const answered = recordable(open.mask(answerRecord(key, outcome, systemClock.monotonicMs() - startedMs))) as ModelAnswered;
  await open.recorder.append("model.answered", answered);
  const tokens = (answered.usage?.inputTokens ?? 0) + (answered.usage?.outputTokens ?? 0);
  meter.count({ iterations: 1, tokens, costUsd: answered.costUsd ?? 0 });
  open.stop.throwIfAborted();
  return outcomeOf(answered);
}

/** Passes on what comes of one answer, masked. */
function maskedTeller({ mask }: Pick<OpenRun, "mask">, tell: (text: string) => void): { take(text: string): void; end(): void } {
  const lines = maskLines(mask);
  const pass = (text: string): void => void (text !== "" && tell(text));
  return { take: (text) => pass(lines.write(text)), end: () => pass(lines.end()) };
}

function answerRecord(key: string, outcome: ModelOutcome, durationMs: number): ModelAnswered {
  const attempts = outcome.ok ? outcome.answer.attempts : outcome.attempts;
  const tries = attempts.map(({ model, outcome: end, why, durationMs: took }) => ({
    model,
    outcome: end,
    durationMs: Math.round(took),
    ...(why !== undefined && { why }),
  }));
  const base = { key, attempts: tries, durationMs: Math.round(durationMs) };
  if (!outcome.ok) return { ...base, outcome: outcome.outcome, why: outcome.why, ...(outcome.limit !== undefined && { limit: outcome.limit }) };
  const { text, thinking, toolCalls, finish, usage, costUsd, model, cached } = outcome.answer;
  const calls = toolCalls.map(({ id, name, args, problem }) => ({ id, name, ...(args !== undefined && { args }), ...(problem !== undefined && { problem }) }));
  return { ...base, outcome: "ok", text, ...(thinking !== undefined && { thinking }), toolCalls: calls, finish, usage: { ...usage }, costUsd, model, cached };
}
