import type { ChatMessage } from "../agent/message.ts";
import type { ModelAttempt, ModelUsage } from "../agent/model.ts";
import { exact } from "../policy/amounts.ts";
import { pause, waitMs, type Waits } from "./backoff.ts";
import type { ProviderAnswer } from "./provider.ts";
import { tryModel, type Asked, type Tried } from "./try-model.ts";
import type { UnreadableCall } from "./tool-args.ts";

export interface Patience {
  /** Further tries after an error that may pass. */
  retries: number;
  waits: Waits;
  chance: () => number;
}

/** How one model ended, with everything that it took until then. */
export interface ModelEnd {
  answer: ProviderAnswer | undefined;
  attempts: ModelAttempt[];
  usage: ModelUsage;
  /** Millionths of a dollar: their sum is exact. */
  costMicros: bigint;
  /** Of a budget that refused. */
  limit?: string | undefined;
}

/** Asks one model until it answers, or until asking again is no use: what may pass is tried again after a wait, what cannot be read once. */
export async function askModel(asked: Asked, { retries, waits, chance }: Patience): Promise<ModelEnd> {
  const end: ModelEnd = { answer: undefined, attempts: [], usage: { inputTokens: 0, outputTokens: 0 }, costMicros: 0n };
  const { messages } = asked.request;
  let sent = messages;
  let failures = 0;
  for (;;) {
    const tried = await tryModel(asked, sent);
    count(end, tried);
    if (tried.fault === undefined) return { ...end, answer: tried.answer };
    if (tried.unreadable !== undefined && sent === messages) {
      sent = [...messages, repair(tried.unreadable, tried)];
      continue;
    }
    if (!tried.fault.passes || failures >= retries) return { ...end, limit: tried.limit };
    failures += 1;
    await pause(waitMs(failures, tried.fault.retryAfterMs, waits, chance), asked.options.signal);
  }
}

function count(end: ModelEnd, tried: Tried): void {
  end.attempts.push(tried.attempt);
  end.usage = { inputTokens: end.usage.inputTokens + tried.usage.inputTokens, outputTokens: end.usage.outputTokens + tried.usage.outputTokens };
  end.costMicros += exact("costUsd", tried.costUsd);
}

function repair(calls: readonly UnreadableCall[], { answer }: Tried): ChatMessage {
  const wrong = calls.map(({ name, problem }) => `- ${name}: ${problem}`).join("\n");
  const cut = answer?.finish === "length" ? "\nYour answer was cut off at its limit: write less." : "";
  return {
    role: "user",
    text: `None of the tool calls of your last answer was made, because these could not be read:\n${wrong}${cut}\nAnswer again, with the whole arguments of each call as one JSON object.`,
  };
}
