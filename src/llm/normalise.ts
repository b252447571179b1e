import type { ChatMessage } from "../agent/message.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { ProviderRequest } from "./provider.ts";

/** Names that are new in every run: ids such as `r-7k2mq0x4w9`, and digests. Bounded, so that no text takes long. */
const names = /\b(?:[a-z]{1,3}-[0-9a-hjkmnp-tv-z]{10}|[0-9a-f]{40}|[0-9a-f]{64})\b/g;
const times = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?/g;
const epochs = /\b1\d{12}\b/g;
const durations = /\b\d{1,12}(?:\.\d{1,9})? ?(?:ms|µs|us|ns|s|seconds|milliseconds)\b/g;
/** Of objects in memory, as tracebacks show them. */
const addresses = /\b0x[0-9a-f]{8,16}\b/g;
const timedMembers = /("(?:[a-zA-Z_]{0,40}(?:Ms|_ms)|elapsed|duration)" ?: ?)\d{1,16}(?:\.\d{1,9})?/g;

/** A text without what differs from run to run although nothing differs: ids, digests, times, durations and addresses. */
export function normalised(text: string): string {
  return text
    .replaceAll(timedMembers, "$1#")
    .replaceAll(names, "#name")
    .replaceAll(times, "#time")
    .replaceAll(epochs, "#time")
    .replaceAll(addresses, "#address")
    .replaceAll(durations, "#duration");
}

/** The names in a text that are new in every run, each once, in the order in which they come. */
export function namesIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.match(names) ?? []))];
}

export interface MessageMark {
  /** Role, and of a result its tool. */
  role: string;
  digest: string;
}

/** What a request is known by, whichever run it is of. */
export interface RequestMarks {
  /** Role and first message of the user: requests of one piece of work. */
  lane: string;
  digest: string;
  messages: MessageMark[];
  /** Over names, descriptions and schemas. */
  tools: string;
  names: string[];
}

type Marked = Pick<ProviderRequest, "role" | "messages" | "tools">;

export function requestMarks({ role, messages, tools }: Marked): RequestMarks {
  const texts = messages.map(textOf);
  const marks = messages.map((message, index) => ({ role: roleOf(message), digest: short(normalised(texts[index] ?? "")) }));
  const toolsDigest = short(normalised(canonicalJson(tools.map(({ name, description, parameters }) => ({ name, description, parameters })))));
  const lane = laneOf({ role, messages });
  return { lane, digest: sha256(canonicalJson([role, marks, toolsDigest])), messages: marks, tools: toolsDigest, names: namesIn(texts) };
}

/** The lane of a request: role and first message of the user, without what differs from run to run. */
export function laneOf({ role, messages }: Pick<ProviderRequest, "role" | "messages">): string {
  return `${role} ${short(normalised(objectiveOf(messages)))}`;
}

/** The first message of the user. */
export function objectiveOf(messages: readonly ChatMessage[]): string {
  return messages.find((message) => message.role === "user")?.text ?? "";
}

/** How often the model has answered in a conversation. */
export function answersIn(messages: readonly ChatMessage[]): number {
  return messages.filter((message) => message.role === "assistant").length;
}

function roleOf(message: ChatMessage): string {
  return message.role === "tool" ? `tool ${message.name}` : message.role;
}

/** Ids of calls are the model's own and say nothing. */
function textOf(message: ChatMessage): string {
  if (message.role !== "assistant") return message.text;
  return `${message.text}\n${canonicalJson(message.toolCalls.map(({ name, args }) => ({ name, args: args ?? null })))}`;
}

function short(text: string): string {
  return sha256(text).slice(0, 16);
}
