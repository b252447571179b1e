import type { ChatMessage } from "./message.ts";

/** Characters of all messages that are sent at most: about 96,000 tokens at 3.5 characters each, which every current model takes. */
const charactersMax = 336_000;
/** The newest messages stay whole, whatever their size. */
const newest = 6;

/**
 * The messages of a call within the window of a model: the system's words, the objective and the newest stay; of older tool results only a line stays, the
 * oldest first. The same messages give the same window.
 */
export function fit(messages: readonly ChatMessage[], most = charactersMax): readonly ChatMessage[] {
  let size = messages.reduce((sum, message) => sum + message.text.length, 0);
  if (size <= most) return messages;
  return messages.map((message, index) => {
    if (size <= most || message.role !== "tool" || index >= messages.length - newest) return message;
    const text = `[the result of ${message.name} (${message.text.length} characters) is left out here; call it again if you need it]`;
    if (text.length >= message.text.length) return message;
    size -= message.text.length - text.length;
    return { ...message, text };
  });
}
