import { setTimeout as sleep } from "node:timers/promises";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { BrokenAnswer } from "./bounded-fetch.ts";
import type { Exchange } from "./exchange.ts";

export interface RetryRules {
  /** Of one request, the first included. */
  attemptsMax: number;
  /** Before the second attempt; doubled before each further one. */
  waitMs: number;
  /** An exchange that wants to be left alone for longer ends the pull. */
  waitMaxMs: number;
  stop: AbortSignal;
  onWait?: ((why: string, waitMs: number) => void) | undefined;
}

export const usualRetries = { attemptsMax: 6, waitMs: 500, waitMaxMs: 120_000 };

/**
 * Sends a request until it is answered. Tried again: no connection, time-outs, 429 and 418 (after the time they name), 5xx, broken bodies. Not tried again:
 * what the exchange refuses for good. Errors: market/exchange-failed with what was tried; the reason of `stop`.
 */
export async function retried<T>(exchange: Pick<Exchange, "retryAfterMs">, request: () => Promise<T>, rules: RetryRules): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    rules.stop.throwIfAborted();
    try {
      return await request();
    } catch (thrown) {
      if (thrown instanceof AgentctlError) throw thrown;
      const why = said(thrown);
      if (!passes(thrown)) throw failed(`it refuses: ${why}`, thrown);
      const asked = limited(thrown) ? exchange.retryAfterMs() : undefined;
      const waitMs = asked ?? rules.waitMs * 2 ** (attempt - 1);
      if (attempt >= rules.attemptsMax) throw failed(`${attempt} attempts failed, the last with: ${why}`, thrown);
      if (waitMs > rules.waitMaxMs) throw failed(`it wants to be left alone for ${Math.ceil(waitMs / 1000)} s: ${why}`, thrown);
      rules.onWait?.(why, waitMs);
      await sleep(waitMs, undefined, { signal: rules.stop }).catch(() => rules.stop.throwIfAborted());
    }
  }
}

function failed(why: string, cause: unknown): AgentctlError {
  return new AgentctlError("market/exchange-failed", `the exchange does not answer: ${why}`, {
    hint: "run the same command again: it goes on from the last page that was kept",
    cause,
  });
}

/** ccxt's classes are told by name, since loading all of ccxt for them would cost more than the pull. */
function isA(thrown: unknown, name: string): boolean {
  for (let type: unknown = thrown; type !== null && type !== undefined; type = Object.getPrototypeOf(type)) {
    if ((type as { constructor?: { name?: string } }).constructor?.name === name) return true;
  }
  return false;
}

function passes(thrown: unknown): boolean {
  if (thrown instanceof BrokenAnswer || isA(thrown, "NetworkError") || isA(thrown, "BadResponse")) return true;
  // A connection that ends within a body comes through ccxt as it is.
  return /^(UND_ERR_|E[A-Z]{3,})/.test(String((thrown as { code?: unknown }).code));
}

function limited(thrown: unknown): boolean {
  return isA(thrown, "DDoSProtection") || isA(thrown, "RateLimitExceeded") || isA(thrown, "ExchangeNotAvailable");
}

function said(thrown: unknown): string {
  const text = messageOf(thrown).replaceAll(/\s+/g, " ").trim();
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
