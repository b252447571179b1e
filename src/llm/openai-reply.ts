import { isMapping } from "../base/mapping.ts";
import { ModelFault } from "./fault.ts";
import { splitThinking } from "./line-teller.ts";
import { replyLimits, type ProviderAnswer, type ReportedUsage } from "./provider.ts";
import { readCalls, type RawCall } from "./tool-args.ts";

/** Puts the chunks of a chat completion together. They are what somebody sent: every member is looked at before it is used. */
export interface OpenaiReply {
  /** Throws a ModelFault for more calls than are read. */
  take(chunk: unknown): void;
  /** Throws a ModelFault for a reply without choices, and for one that broke off. */
  end(): ProviderAnswer;
}

export function openaiReply(tell: (piece: string) => void): OpenaiReply {
  const calls = new Map<string, RawCall>();
  const parts = { text: "", thinking: "", refusal: "" };
  let finish: string | undefined;
  let usage: ReportedUsage | undefined;
  let chosen = false;
  let lastKey = "";
  const probability = { sum: 0, tokens: 0 };

  const takeCall = (piece: unknown): void => {
    if (!isMapping(piece)) return;
    const id = text(piece["id"]);
    const key = keyOf(piece["index"], id, calls, lastKey);
    const call = calls.get(key) ?? { id, name: "", args: "" };
    if (!calls.has(key) && calls.size >= replyLimits.toolCalls) {
      throw new ModelFault("unparsable", `the reply has more than ${replyLimits.toolCalls} tool calls`);
    }
    calls.set(key, call);
    lastKey = key;
    const { function: called } = piece as { function?: unknown };
    if (call.id === "") call.id = id;
    if (!isMapping(called)) return;
    if (call.name === "") call.name = text(called["name"]);
    call.args += text(called["arguments"]);
  };

  const takeDelta = (delta: Record<string, unknown>): void => {
    const said = text(delta["content"]);
    if (said !== "") tell(said);
    parts.text += said;
    parts.thinking += text(delta["reasoning_content"]) || text(delta["reasoning"]);
    parts.refusal += text(delta["refusal"]);
    for (const piece of list(delta["tool_calls"])) takeCall(piece);
  };

  return {
    take(chunk) {
      if (!isMapping(chunk)) return;
      if (isMapping(chunk["usage"])) usage = { inputTokens: chunk["usage"]["prompt_tokens"], outputTokens: chunk["usage"]["completion_tokens"] };
      const choice = list(chunk["choices"]).find((each) => isMapping(each) && (each["index"] ?? 0) === 0);
      if (!isMapping(choice)) return;
      chosen = true;
      if (isMapping(choice["delta"])) takeDelta(choice["delta"]);
      if (isMapping(choice["logprobs"])) addProbabilities(list(choice["logprobs"]["content"]), probability);
      if (typeof choice["finish_reason"] === "string") finish = choice["finish_reason"];
    },
    end() {
      if (!chosen) throw new ModelFault("unparsable", "the reply has no choices");
      if (finish === undefined) throw new ModelFault("error", "the reply breaks off", { passes: true });
      const split = splitThinking(parts.text.toWellFormed());
      const thinking = [parts.thinking.toWellFormed(), split.thinking ?? ""].filter((part) => part !== "").join("\n");
      const refusal = parts.refusal !== "" ? parts.refusal : finish === "content_filter" ? "a content filter ended the reply" : undefined;
      const toolCalls = readCalls([...calls.values()]);
      return {
        text: split.text,
        ...(thinking !== "" && { thinking }),
        toolCalls,
        finish: finish === "length" ? "length" : toolCalls.length > 0 ? "tool-calls" : "stop",
        ...(refusal !== undefined && { refusal: refusal.toWellFormed() }),
        usage,
        ...(probability.tokens > 0 && { confidence: probability.sum / probability.tokens }),
      };
    },
  };
}

/** Which call a piece belongs to: by its index; where a server gives every call the same one, or none, the ids tell, and what has no id goes on with the last. */
function keyOf(index: unknown, id: string, calls: ReadonlyMap<string, RawCall>, lastKey: string): string {
  if (typeof index !== "number") return id === "" ? lastKey : `id ${id}`;
  const key = String(index);
  if (id === "") return lastKey.startsWith(`${key} `) ? lastKey : key;
  const first = calls.get(key);
  return first === undefined || first.id === "" || first.id === id ? key : `${key} ${id}`;
}

function addProbabilities(tokens: readonly unknown[], probability: { sum: number; tokens: number }): void {
  for (const token of tokens) {
    const logprob = isMapping(token) ? token["logprob"] : undefined;
    if (typeof logprob !== "number" || Number.isNaN(logprob)) continue;
    probability.sum += Math.min(1, Math.exp(logprob));
    probability.tokens += 1;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
