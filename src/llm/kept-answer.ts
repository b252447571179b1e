import type { ModelAnswer, ModelRequest } from "../agent/model.ts";
import type { ToolCall } from "../agent/message.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import { isMapping } from "../base/mapping.ts";
import type { Candidate } from "./choose-models.ts";
import type { ModelSettings } from "./settings.ts";

/** What is kept of an answer. */
export type KeptAnswer = Pick<ModelAnswer, "text" | "thinking" | "toolCalls" | "finish">;

/**
 * The name of a model's answer to exactly this request; undefined where none is kept: not wanted, chance is asked for by a temperature, or the answer depends
 * on what was asked before.
 */
export function cacheKey(settings: ModelSettings, candidate: Candidate, request: ModelRequest, remote: boolean): string | undefined {
  if (settings.cacheTtlMs <= 0 || !remote || (request.temperature ?? 0) !== 0) return undefined;
  const { id, provider, confidenceMin } = candidate;
  const { messages, tools, outputTokensMax, temperature } = request;
  const how = { kind: provider.kind, baseUrl: provider.baseUrl, toolCalls: provider.toolCalls, confidenceMin };
  return sha256(canonicalJson({ v: 1, id, how, messages, tools, outputTokensMax, temperature }));
}

/** What a cache gave back, when it is an answer; anything else is a miss. */
export function keptAnswer(value: unknown): KeptAnswer | undefined {
  if (!isMapping(value)) return undefined;
  const { text, thinking, toolCalls, finish } = value;
  if (typeof text !== "string" || !["string", "undefined"].includes(typeof thinking)) return undefined;
  if (finish !== "stop" && finish !== "length" && finish !== "tool-calls") return undefined;
  if (!Array.isArray(toolCalls) || !toolCalls.every(isCall)) return undefined;
  return { text, ...(typeof thinking === "string" && { thinking }), toolCalls, finish };
}

function isCall(value: unknown): value is ToolCall {
  if (!isMapping(value)) return false;
  const { id, name, problem } = value;
  return typeof id === "string" && typeof name === "string" && ["string", "undefined"].includes(typeof problem);
}
