import type { RawCall } from "./tool-args.ts";
import { scanObject } from "./tag-json.ts";
import { skipQuoted, type Quoted } from "./tag-quotes.ts";
import { replyLimits } from "./provider.ts";

/** What a reply with calls in its text says. */
export interface TaggedReply {
  /** Without the calls and without what was thought. */
  text: string;
  thinking: string;
  /** In order; args is the text between the tags, made valid JSON where only line breaks within strings stood against it. */
  calls: RawCall[];
  /** There were more than are read, or too many without an end; none of the further ones is in `calls`. */
  tooMany: boolean;
}

const opening = /<tool\s{1,8}name\s{0,4}=\s{0,4}(?:"([^"<>\n]{1,128})"|'([^'<>\n]{1,128})')\s{0,8}>/y;
const closing = "</tool>";

/**
 * Finds `<tool name="x">{json}</tool>` at the top level of a model's own reply and nowhere else: not within what it thinks, code, quotes, comments, results
 * of tools that it repeats, or the texts of another call. In doubt a text is not a call. Never throws; its time is linear in the text.
 */
export function parseTags(text: string): TaggedReply {
  const reply: TaggedReply = { text: "", thinking: "", calls: [], tooMany: false };
  const quoted: Quoted = { text, fresh: 0, memory: new Map() };
  let kept = 0;
  let read = 0;
  // Characters that were looked through for ends that are not there.
  let wasted = 0;
  const keep = (to: number): void => void (reply.text += text.slice(kept, to));
  for (let at = 0; at < text.length;) {
    const skip = skipQuoted(quoted, at);
    if (skip !== undefined) {
      if (skip.kind === "thought") {
        keep(at);
        reply.thinking += text.slice(at, skip.end);
        kept = skip.end;
      }
      if (skip.kind === "thought before") {
        // Its opening was part of the prompt: all that came until here was thought, calls too.
        Object.assign(reply, { text: "", calls: [], thinking: text.slice(0, skip.end) });
        kept = skip.end;
      }
      at = skip.end;
      if (skip.kind !== "quoted") quoted.fresh = at;
      continue;
    }
    const call = callAt(text, at);
    if (call === undefined) {
      at += 1;
      continue;
    }
    read += 1;
    wasted += call.wasted;
    if (read > replyLimits.toolCalls || wasted > 4 * text.length + 1_000_000) {
      reply.tooMany = true;
      break;
    }
    keep(at);
    reply.calls.push({ id: `call_${reply.calls.length + 1}`, name: call.name, args: call.args });
    at = call.end;
    kept = at;
    quoted.fresh = at;
  }
  keep(text.length);
  return { ...reply, text: reply.text.trim(), thinking: words(reply.thinking) };
}

/** A call as a model writes it; `parseTags` reads it back. */
export function writeTag(name: string, args: unknown): string {
  return `<tool name="${name.replaceAll(/["<>\n]/g, "_")}">${JSON.stringify(args) ?? "{}"}${closing}`;
}

interface FoundCall {
  name: string;
  args: string;
  end: number;
  wasted: number;
}

function callAt(text: string, at: number): FoundCall | undefined {
  if (text[at] !== "<") return undefined;
  opening.lastIndex = at;
  const found = opening.exec(text);
  if (found === null) return undefined;
  const name = found[1] ?? found[2] ?? "";
  const body = at + found[0].length;
  const object = scanObject(text, body);
  if (object !== undefined) {
    const after = skipSpace(text, object.end);
    if (text.startsWith(closing, after)) return { name, args: object.json, end: after + closing.length, wasted: 0 };
  }
  // Not an object and an end: what stands between the tags is no JSON, which is said to the model; without an end it takes the rest.
  const wasted = (object?.end ?? text.length) - body;
  const end = text.indexOf(closing, body);
  if (end < 0) return { name, args: `${text.slice(body).trim()} (the tag has no end)`, end: text.length, wasted };
  return { name, args: text.slice(body, end).trim(), end: end + closing.length, wasted };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  return at;
}

function words(thinking: string): string {
  return thinking.replaceAll(/<\/?(think|thinking)>/gi, "").trim();
}
