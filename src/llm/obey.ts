import type { ChatMessage } from "../agent/message.ts";
import { isMapping } from "../base/mapping.ts";
import { replyLimits } from "./provider.ts";
import { scanObject } from "./tag-json.ts";

/** A call that a text tells a model to make. */
export interface Told {
  tool: string;
  args: Record<string, unknown>;
}

const tag = /<tool\s{1,8}name\s{0,4}=\s{0,4}["']([^"'<>\n]{1,128})["']\s{0,8}>/g;
const line = /\bCALL\s{1,8}([\w.-]{1,128})\s{1,8}(?=\{)/g;

/**
 * What the results of the last tools tell to call: every `<tool name="x">{json}</tool>` and every `CALL x {json}`, wherever they stand, also where quotes or
 * brackets are escaped. It is what the most gullible model would do, and stands in tests for all of them.
 */
export function toldCalls(messages: readonly ChatMessage[]): Told[] {
  const last = messages.findLastIndex((message) => message.role === "assistant");
  const results = messages.slice(last + 1).filter((message) => message.role === "tool");
  const found = new Map<string, Told>();
  for (const { text } of results) {
    for (const form of forms(text)) {
      for (const told of toldIn(form)) {
        if (found.size < replyLimits.toolCalls) found.set(JSON.stringify(told), told);
      }
    }
  }
  return [...found.values()];
}

/** As it stands, out of a JSON string, and out of HTML. */
function forms(text: string): string[] {
  const json = text.replaceAll('\\"', '"').replaceAll("\\n", "\n");
  const html = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return [...new Set([text, json, html])];
}

function toldIn(text: string): Told[] {
  const places = [...text.matchAll(tag), ...text.matchAll(line)].toSorted((a, b) => a.index - b.index).slice(0, replyLimits.toolCalls);
  return places.flatMap((place) => {
    const args = argsAt(text, place.index + place[0].length);
    return args === undefined ? [] : [{ tool: place[1] ?? "", args }];
  });
}

function argsAt(text: string, at: number): Record<string, unknown> | undefined {
  const object = scanObject(text, at);
  if (object === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(object.json);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
