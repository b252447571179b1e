import { isoTime } from "../base/clock.ts";
import { isMapping } from "../base/mapping.ts";
import type { NetRequested } from "../event/net-events.ts";

/** One request, as the proxy of a call tells it. */
export type NetRequest = Omit<NetRequested, "key">;

/** What the proxy says first. */
export type ProxyReady = { listening: true; address: string; port: number } | { listening: false; why: string };

/** Of one line; the proxy bounds them to less. */
const lineCharactersMax = 16_384;

/** Reads the lines of a call's proxy. They are its own word, not the job's; still each member is checked. */
export class EgressLog {
  readonly ready: Promise<ProxyReady>;
  readonly #ready = Promise.withResolvers<ProxyReady>();
  readonly #open = new Map<number, NetRequest>();
  readonly #onEnd: (request: NetRequest) => void;
  /** Who waits for what, by the time until which everything has to be told. */
  readonly #waiting = new Map<() => void, number>();
  readonly #decoder = new TextDecoder();
  #rest = "";
  #isOver = false;

  constructor(onEnd: (request: NetRequest) => void) {
    this.ready = this.#ready.promise;
    this.#onEnd = onEnd;
  }

  hear(data: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(data, { stream: true })).split("\n");
    this.#rest = (lines.pop() ?? "").slice(-lineCharactersMax);
    for (const line of lines) this.#take(parsed(line));
  }

  /** It does not talk any more: what has not ended by now was cut off. */
  over(why: string): void {
    this.#ready.resolve({ listening: false, why });
    for (const request of this.#open.values()) this.#onEnd({ ...request, outcome: "cut", why: "the call was over before the request was" });
    this.#open.clear();
    this.#isOver = true;
    this.#settle(Number.POSITIVE_INFINITY);
  }

  /** Resolves when the proxy has told everything before a time (wall, ms), and every request that was led on has ended. */
  toldUntil(nowMs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(resolve, nowMs);
    return promise;
  }

  #take(record: Record<string, unknown>): void {
    const { t, id } = record;
    if (t === "listening") this.#ready.resolve({ listening: true, address: textOf(record["address"]) ?? "", port: numberOf(record["port"]) ?? 0 });
    else if (t === "fail") this.#ready.resolve({ listening: false, why: textOf(record["why"]) ?? "it does not say why" });
    else if (typeof id === "number" && t === "open") this.#open.set(id, requestOf(record, "cut"));
    else if (typeof id === "number" && t === "end") {
      this.#open.delete(id);
      this.#onEnd(requestOf(record, outcomeOf(record["outcome"])));
    } else if (t === "tick" && this.#open.size === 0) this.#settle(numberOf(record["at"]) ?? 0);
  }

  #settle(toldMs: number): void {
    for (const [resolve, untilMs] of this.#waiting) {
      if (toldMs < untilMs) continue;
      this.#waiting.delete(resolve);
      resolve();
    }
  }
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return isMapping(value) ? value : {};
  } catch {
    return {};
  }
}

const texts = ["why", "method", "host", "path", "sni", "address"] as const;
const numbers = ["port", "status", "durationMs"] as const;

function requestOf(record: Record<string, unknown>, outcome: NetRequest["outcome"]): NetRequest {
  const request: NetRequest = {
    at: isoTime(numberOf(record["at"]) ?? 0),
    outcome,
    bytesUp: numberOf(record["bytesUp"]) ?? 0,
    bytesDown: numberOf(record["bytesDown"]) ?? 0,
  };
  for (const name of texts) {
    const text = textOf(record[name]);
    if (text !== undefined) request[name] = text;
  }
  for (const name of numbers) {
    const number = numberOf(record[name]);
    if (number !== undefined) request[name] = number;
  }
  return request;
}

function outcomeOf(value: unknown): NetRequest["outcome"] {
  return value === "passed" || value === "refused" ? value : "failed";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value.toWellFormed().slice(0, 2000) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
