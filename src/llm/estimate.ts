import type { ChatMessage, ToolSpec } from "../agent/message.ts";

/** Tokens by the bytes of a text: no tokenizer is asked, so these are bounds, for money that is set aside and for usage that is doubted. */

/** Around each message, and around the whole. */
const perMessage = 8;

/**
 * Not fewer than any common tokenizer makes of a text, in ordinary texts: three letters or spaces, one digit or sign, two bytes of anything else a token.
 * English has 4.3 letters a token, CSV about 1.5 characters, Chinese 1.2 tokens a character (three bytes).
 */
export function tokensAtMost(text: string): number {
  let letters = 0;
  let signs = 0;
  let others = 0;
  for (const byte of Buffer.from(text, "utf8")) {
    if (byte >= 0x80) others += 1;
    else if ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x20) letters += 1;
    else signs += 1;
  }
  return Math.ceil(letters / 3 + signs + others / 2);
}

/** Not more than any tokenizer makes of a text: long runs of spaces or signs are one token, words of twenty letters may be. */
export function tokensAtLeast(text: string): number {
  return Math.floor(Buffer.byteLength(text, "utf8") / 32);
}

/** The text of a request as a server reads it, near enough to count it. */
export function requestText(messages: readonly ChatMessage[], tools: readonly ToolSpec[]): string {
  const parts = messages.map((message) => message.text + (message.role === "assistant" ? callsText(message.toolCalls) : ""));
  return [...parts, ...tools.map((tool) => JSON.stringify(tool))].join("\n");
}

/** Input tokens of a request, at most. */
export function inputTokensAtMost(messages: readonly ChatMessage[], tools: readonly ToolSpec[]): number {
  return tokensAtMost(requestText(messages, tools)) + perMessage * (messages.length + tools.length + 1);
}

/** What a model wrote in a reply, thoughts and calls included. */
export function replyText(reply: { text: string; thinking?: string | undefined; toolCalls: readonly { name: string; args: unknown }[] }): string {
  return `${reply.thinking ?? ""}${reply.text}${callsText(reply.toolCalls)}`;
}

function callsText(calls: readonly { name: string; args: unknown }[]): string {
  return calls.map(({ name, args }) => `${name}${JSON.stringify(args) ?? ""}`).join("");
}
