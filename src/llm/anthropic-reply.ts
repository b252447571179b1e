import { isMapping } from "../base/mapping.ts";
import { ModelFault } from "./fault.ts";
import { splitThinking } from "./line-teller.ts";
import { replyLimits, type ProviderAnswer, type ReportedUsage } from "./provider.ts";
import { readCalls, type RawCall } from "./tool-args.ts";

/** Puts the events of a streamed message together; every member is looked at before it is used. */
export interface AnthropicReply {
  /** The data of one event, parsed. Throws a ModelFault for an error that the server tells. */
  take(event: unknown): void;
  /** Throws a ModelFault for a reply without content, and for one that broke off. */
  end(): ProviderAnswer;
}

/** Errors within a stream that may pass; all others are about the request. */
const passing = new Set(["overloaded_error", "api_error", "rate_limit_error", "timeout_error"]);

export function anthropicReply(tell: (piece: string) => void): AnthropicReply {
  const calls = new Map<unknown, RawCall>();
  // Some who pass messages on send the input whole, at the start.
  const whole = new Map<RawCall, string>();
  const parts = { text: "", thinking: "" };
  let stop: string | undefined;
  let explained = "";
  let begun = false;
  let usage: { input: unknown; output: unknown } | undefined;

  const takeUsage = (reported: unknown): void => {
    if (!isMapping(reported)) return;
    const input = typeof reported["input_tokens"] === "number" ? inputOf(reported) : usage?.input;
    usage = { input, output: reported["output_tokens"] ?? usage?.output };
  };
  const say = (said: unknown): void => {
    if (typeof said !== "string" || said === "") return;
    parts.text += said;
    tell(said);
  };
  const start = (index: unknown, block: unknown): void => {
    if (!isMapping(block)) return;
    if (block["type"] === "text") say(block["text"]);
    if (block["type"] !== "tool_use") return;
    if (calls.size >= replyLimits.toolCalls) throw new ModelFault("unparsable", `the reply has more than ${replyLimits.toolCalls} tool calls`);
    const call = { id: text(block["id"]), name: text(block["name"]), args: "" };
    calls.set(index, call);
    if (isMapping(block["input"])) whole.set(call, JSON.stringify(block["input"]));
  };
  const add = (index: unknown, delta: unknown): void => {
    if (!isMapping(delta)) return;
    if (delta["type"] === "text_delta") say(delta["text"]);
    if (delta["type"] === "thinking_delta") parts.thinking += text(delta["thinking"]);
    const call = calls.get(index);
    if (delta["type"] === "input_json_delta" && call !== undefined) call.args += text(delta["partial_json"]);
  };
  const takers: Record<string, (event: Record<string, unknown>) => void> = {
    message_start: ({ message }) => {
      begun = true;
      if (isMapping(message)) takeUsage(message["usage"]);
    },
    content_block_start: ({ index, content_block: block }) => start(index, block),
    content_block_delta: ({ index, delta }) => add(index, delta),
    message_delta: ({ delta, usage: reported }) => {
      takeUsage(reported);
      if (!isMapping(delta)) return;
      if (typeof delta["stop_reason"] === "string") stop = delta["stop_reason"];
      if (isMapping(delta["stop_details"])) explained = text(delta["stop_details"]["explanation"]);
    },
    error: ({ error }) => {
      const [kind, message] = isMapping(error) ? [text(error["type"]), text(error["message"])] : ["", ""];
      throw new ModelFault("error", `it ends its reply with an error: ${kind} ${message}`.trim(), { passes: passing.has(kind) });
    },
  };

  return {
    take(event) {
      const type = isMapping(event) ? event["type"] : undefined;
      if (isMapping(event) && typeof type === "string" && Object.hasOwn(takers, type)) takers[type]?.(event);
    },
    end() {
      if (!begun) throw new ModelFault("unparsable", "the reply has no message");
      if (stop === undefined) throw new ModelFault("error", "the reply breaks off", { passes: true });
      const split = splitThinking(parts.text.toWellFormed());
      const thinking = [parts.thinking.toWellFormed(), split.thinking ?? ""].filter((part) => part !== "").join("\n");
      const toolCalls = readCalls([...calls.values()].map((call) => (call.args === "" ? { ...call, args: whole.get(call) ?? "" } : call)));
      return {
        text: split.text,
        ...(thinking !== "" && { thinking }),
        toolCalls,
        finish: ["max_tokens", "model_context_window_exceeded"].includes(stop) ? "length" : toolCalls.length > 0 ? "tool-calls" : "stop",
        ...(stop === "refusal" && { refusal: explained === "" ? "the model declines" : explained.toWellFormed() }),
        usage: usage === undefined ? undefined : reportedUsage(usage),
      };
    },
  };
}

/** What was read from a cache, or written to one, was read too. */
function inputOf(reported: Record<string, unknown>): unknown {
  const parts = [reported["input_tokens"], reported["cache_creation_input_tokens"] ?? 0, reported["cache_read_input_tokens"] ?? 0];
  return parts.every((part) => typeof part === "number") ? parts.reduce((sum, part) => sum + part, 0) : undefined;
}

function reportedUsage({ input, output }: { input: unknown; output: unknown }): ReportedUsage {
  return { inputTokens: input, outputTokens: output };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
