import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import { discordDelivery, discordWire } from "./discord.ts";
import type { Channel, Delivery, Message, Wire } from "./message.ts";
import { post, type PostAnswer } from "./post.ts";
import { cutText } from "./quiet-text.ts";
import { retryAfterMs } from "./retry-after.ts";
import { telegramDelivery, telegramWire } from "./telegram.ts";
import { webhookWire } from "./webhook.ts";

/**
 * Tries once to bring a message to a service. Whatever keeps it from being taken is an answer; rejects only with the reason of `signal`. `why` is one short
 * line and holds neither address nor key of ours, though it may quote the service: mask it.
 */
export async function deliver(channel: Channel, message: Message, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<Delivery> {
  const wire = wireOf(channel, message);
  const unsent = Object.entries(wire.headers).find(([name, value]) => !/^[\w-]+$/.test(name) || !/^[\x20-\x7e]*$/.test(value));
  if (unsent !== undefined) return { state: "refused", why: `the header ${JSON.stringify(unsent[0])} cannot be sent` };
  try {
    return shortened(meaningOf(channel, await post({ ...wire, ...options, retries: 0 })));
  } catch (thrown) {
    options.signal?.throwIfAborted();
    if (!(thrown instanceof AgentctlError)) throw thrown;
    return shortened({ state: thrown.code === "notify/bad-url" ? "refused" : "later", why: thrown.message });
  }
}

function wireOf(channel: Channel, message: Message): Wire {
  if (channel.type === "telegram") return telegramWire(channel, message);
  return channel.type === "discord" ? discordWire(channel, message) : webhookWire(channel, message);
}

function meaningOf({ type }: Channel, answer: PostAnswer): Delivery {
  const own = type === "telegram" ? telegramDelivery(answer) : type === "discord" ? discordDelivery(answer) : undefined;
  const waitMs = retryAfterMs(answer.headers.get("retry-after"), systemClock.nowMs());
  if (own?.state === "later" && waitMs !== undefined) return { ...own, afterMs: Math.max(waitMs, own.afterMs ?? 0) };
  if (own !== undefined) return own;
  const { status } = answer;
  if (status >= 200 && status < 300) return { state: "sent" };
  const why = `answered ${status}${status >= 300 && status < 400 ? ", and redirects are not followed" : ""}`;
  const passes = status === 408 || status === 425 || status === 429 || status >= 500;
  return passes ? { state: "later", why, afterMs: waitMs } : { state: "refused", why };
}

function shortened(delivery: Delivery): Delivery {
  return delivery.state === "sent" ? delivery : { ...delivery, why: cutText(safeText(delivery.why, { oneLine: true }), 300) };
}
