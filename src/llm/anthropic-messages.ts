import type { ChatMessage } from "../agent/message.ts";
import { wireArgs, wireName } from "./openai-messages.ts";
import type { ProviderRequest } from "./provider.ts";

type Block =
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: object }
  | { type: "tool_result"; tool_use_id: string; content: string };

interface Turn {
  role: "user" | "assistant";
  content: Block[];
}

/** A request in the words of Anthropic's Messages API: the system's text apart, turns that alternate, results of tools in the user's turn. */
export function anthropicRequest({ model, messages, tools, outputTokensMax, temperature }: ProviderRequest): object {
  const system = messages.filter((message) => message.role === "system").map(({ text }) => text);
  return {
    model,
    max_tokens: outputTokensMax,
    stream: true,
    ...(system.length > 0 && { system: system.join("\n\n") }),
    messages: turns(messages),
    ...(tools.length > 0 && { tools: tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })) }),
    ...(temperature !== undefined && { temperature }),
  };
}

function turns(messages: readonly ChatMessage[]): Turn[] {
  const made: Turn[] = [];
  const add = (role: Turn["role"], blocks: readonly Block[]): void => {
    const last = made.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else made.push({ role, content: [...blocks] });
  };
  for (const message of messages) {
    if (message.role === "user") add("user", text(message.text));
    if (message.role === "tool") add("user", [{ type: "tool_result", tool_use_id: message.call, content: message.text }]);
    if (message.role === "assistant") {
      const calls = message.toolCalls.map((call): Block => ({ type: "tool_use", id: wireId(call.id), name: wireName(call.name), input: wireArgs(call) }));
      const said = message.text.trim() === "" ? [] : text(message.text.trimEnd());
      add("assistant", said.length + calls.length === 0 ? text("(nothing)") : [...said, ...calls]);
    }
  }
  for (const { role, content } of made) {
    if (role !== "user") continue;
    // Results stand before all else in their turn.
    content.sort((a, b) => Number(b.type === "tool_result") - Number(a.type === "tool_result"));
    for (const block of content) if (block.type === "tool_result") block.tool_use_id = wireId(block.tool_use_id);
  }
  return made;
}

/** Blocks of text without anything in them are refused. */
function text(words: string): Block[] {
  return [{ type: "text", text: words.trim() === "" ? "(nothing)" : words }];
}

function wireId(id: string): string {
  return id.replaceAll(/[^\w-]/g, "_").slice(0, 64);
}
