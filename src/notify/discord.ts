import { jsonOf } from "./json-answer.ts";
import { layOut } from "./lay-out.ts";
import type { Channel, Delivery, Message, Wire } from "./message.ts";
import type { PostAnswer } from "./post.ts";

const suppressEmbeds = 4;

/** Execute Webhook: at most 2000 characters of markdown; nobody is mentioned, and links get no preview. */
export function discordWire({ url, template }: Extract<Channel, { type: "discord" }>, message: Message): Wire {
  const content = layOut(message, template, 2000, escapeMarkdown);
  return {
    url,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ content, allowed_mentions: { parse: [] }, flags: suppressEmbeds }),
  };
}

/** Of 429: the body says in seconds, with a fraction, when to come back. */
export function discordDelivery({ status, body }: PostAnswer): Delivery | undefined {
  if (status !== 429) return undefined;
  const seconds = jsonOf(body)?.["retry_after"];
  return { state: "later", why: "answered 429: too many messages", ...(typeof seconds === "number" && { afterMs: Math.ceil(seconds * 1000) }) };
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\*_~`|>[\]]/g, String.raw`\$&`).replaceAll(/^(\s*)([#+-])/gm, String.raw`$1\$2`);
}
