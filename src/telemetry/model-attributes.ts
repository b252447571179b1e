import { isMapping } from "../base/mapping.ts";
import type { ModelAnswered, ModelAsked } from "../event/call-events.ts";
import type { Attributes } from "./otlp.ts";

/** Names of models are `provider/model` here; the conventions keep the two apart. A tier has no provider. */
function split(model: string): { provider: string | undefined; name: string } {
  const at = model.indexOf("/");
  return at < 0 ? { provider: undefined, name: model } : { provider: model.slice(0, at), name: model.slice(at + 1) };
}

/** Name and attributes of the span of a request. */
export function modelAttributes({ key, role, model, outputTokensMax, messages }: ModelAsked, content: boolean): { name: string; attributes: Attributes } {
  const asked = model === undefined ? undefined : split(model);
  return {
    name: asked === undefined ? "chat" : `chat ${asked.name}`,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": asked?.provider,
      "gen_ai.request.model": asked?.name,
      "gen_ai.request.max_tokens": outputTokensMax,
      "agentctl.key": key,
      "agentctl.role": role,
      "gen_ai.input.messages": content ? JSON.stringify(messages.map(conventional)) : undefined,
    },
  };
}

/** What the answer adds. */
export function answeredAttributes({ outcome, model, usage, costUsd, cached, attempts, finish, text, toolCalls }: ModelAnswered, content: boolean): Attributes {
  const answered = model === undefined ? undefined : split(model);
  return {
    "agentctl.outcome": outcome,
    ...(answered?.provider !== undefined && { "gen_ai.provider.name": answered.provider }),
    "gen_ai.response.model": answered?.name,
    "gen_ai.response.finish_reasons": finish === undefined ? undefined : [finish],
    "gen_ai.usage.input_tokens": usage?.inputTokens,
    "gen_ai.usage.output_tokens": usage?.outputTokens,
    "agentctl.cost_usd": costUsd === undefined ? undefined : { double: costUsd },
    "agentctl.cached": cached,
    "agentctl.attempts": attempts.length,
    "gen_ai.output.messages": content ? JSON.stringify([conventional({ role: "assistant", text, toolCalls })]) : undefined,
  };
}

/** A message as the conventions write it: a role and its parts. One of another form is told as it is. */
function conventional(message: unknown): unknown {
  if (!isMapping(message)) return message;
  const { role, text, toolCalls, call } = message;
  if (role === "tool") return { role, parts: [{ type: "tool_call_response", id: call, result: text }] };
  const calls = Array.isArray(toolCalls) ? toolCalls.filter(isMapping) : [];
  const said = text === undefined || text === "" ? [] : [{ type: "text", content: text }];
  return { role, parts: [...said, ...calls.map(({ id, name, args }) => ({ type: "tool_call", id, name, arguments: args }))] };
}
