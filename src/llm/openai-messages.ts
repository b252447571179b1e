import type { ChatCompletionCreateParamsStreaming, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { ChatMessage, ToolCall } from "../agent/message.ts";
import type { ProviderRequest } from "./provider.ts";

/** Those who take `max_completion_tokens` only; all others know `max_tokens`, some of them nothing else. */
const newLimit = /(^|\.)(openai\.com|openai\.azure\.com)$/;

/** A request in the words of the chat completions API. */
export function openaiRequest(request: ProviderRequest, host: string): ChatCompletionCreateParamsStreaming {
  const { model, messages, tools, outputTokensMax, temperature, logprobs } = request;
  return {
    model,
    messages: messages.map(openaiMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(newLimit.test(host) ? { max_completion_tokens: outputTokensMax } : { max_tokens: outputTokensMax }),
    ...(temperature !== undefined && { temperature }),
    ...(logprobs && { logprobs: true }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({ type: "function" as const, function: { name, description, parameters } })),
    }),
  };
}

function openaiMessage(message: ChatMessage): ChatCompletionMessageParam {
  switch (message.role) {
    case "system":
    case "user":
      return { role: message.role, content: message.text };
    case "tool":
      return { role: "tool", tool_call_id: message.call, content: message.text };
    case "assistant":
      return {
        role: "assistant",
        content: message.text,
        ...(message.toolCalls.length > 0 && {
          tool_calls: message.toolCalls.map((call) => ({
            id: call.id,
            type: "function" as const,
            function: { name: wireName(call.name), arguments: JSON.stringify(wireArgs(call)) },
          })),
        }),
      };
  }
}

/** A name that every server takes; a model may have called what no tool is named. */
export function wireName(name: string): string {
  return name.replaceAll(/[^\w-]/g, "_").slice(0, 64) || "unknown";
}

/** Arguments as an object, which is the one thing that servers take. */
export function wireArgs({ args }: ToolCall): object {
  return typeof args === "object" && args !== null && !Array.isArray(args) ? args : {};
}
