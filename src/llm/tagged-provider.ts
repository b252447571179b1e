import { ModelFault } from "./fault.ts";
import type { Provider } from "./provider.ts";
import { tagMessages } from "./tag-prompt.ts";
import { parseTags } from "./tags.ts";
import { readCalls } from "./tool-args.ts";
import { replyLimits } from "./provider.ts";

/** A provider whose models call tools by tags in their text. Its text is told when it is whole: before that nobody knows what is a call. */
export function taggedProvider(inner: Provider): Provider {
  return {
    address: inner.address,
    async ask(request, { signal, onText }) {
      const answer = await inner.ask({ ...request, messages: tagMessages(request.messages, request.tools), tools: [] }, { signal });
      const reply = parseTags(answer.text);
      if (reply.tooMany) throw new ModelFault("unparsable", `the reply has more tool calls than the ${replyLimits.toolCalls} that are read`);
      const toolCalls = readCalls(reply.calls);
      if (reply.text !== "") onText?.(reply.text);
      const thinking = [answer.thinking ?? "", reply.thinking].filter((part) => part !== "").join("\n");
      const finish = answer.finish === "length" ? "length" : toolCalls.length > 0 ? "tool-calls" : "stop";
      return { ...answer, text: reply.text, toolCalls, finish, ...(thinking !== "" && { thinking }) };
    },
  };
}
