import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { retryAfterMs } from "./retry-after.ts";

export interface Post {
  /** http or https, without user name and password. Its path may be a secret, so it stands in no error. */
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  body: string | Uint8Array<ArrayBuffer>;
  /** Of one try, from its first byte to the last one of the answer. */
  timeoutMs: number;
  /** Further tries after 408, 429, 5xx, no connection and time-outs. */
  retries: number;
  signal?: AbortSignal | undefined;
  /** The longest wait between two tries; a server that asks for more gets no further one. 10 s when not given. */
  waitMsMax?: number | undefined;
  /** Of the answer; what is above is cut off and not read. 64 KiB when not given. */
  answerBytesMax?: number | undefined;
}

export interface PostAnswer {
  status: number;
  headers: Headers;
  /** As UTF-8, cut at `answerBytesMax`. */
  body: string;
}

const firstWaitMs = 250;

/**
 * One POST. A redirect is an answer like any other and never followed: what is sent has a secret in it. Whatever came last is answered, be it 2xx or not.
 * Errors: notify/bad-url (exit usage), notify/timeout (exit timeout), notify/no-answer; the reason of `signal` where it was aborted.
 */
export async function post(asked: Post): Promise<PostAnswer> {
  const url = requireUrl(asked.url);
  const waitMsMax = asked.waitMsMax ?? 10_000;
  for (let failures = 0; ; failures += 1) {
    const answer = await tryOnce(url, asked);
    const wait = waitMs(answer, failures);
    const over = failures >= asked.retries || !isPassing(answer) || wait > waitMsMax;
    if (over && answer instanceof AgentctlError) throw answer;
    if (over) return answer as PostAnswer;
    await sleep(wait, undefined, asked.signal && { signal: asked.signal }).catch(() => asked.signal?.throwIfAborted());
  }
}

/** Whether the same request may well be answered better a little later. */
function isPassing(answer: PostAnswer | AgentctlError): boolean {
  return answer instanceof AgentctlError || answer.status === 408 || answer.status === 429 || answer.status >= 500;
}

function waitMs(answer: PostAnswer | AgentctlError, failures: number): number {
  const askedMs = answer instanceof AgentctlError ? undefined : retryAfterMs(answer.headers.get("retry-after"), systemClock.nowMs());
  const fullMs = firstWaitMs * 2 ** Math.min(failures, 16);
  // Half of it by chance, so that many senders do not come back together.
  const chance = Number.parseInt(sha256(newId("w")).slice(0, 8), 16) / 2 ** 32;
  return askedMs ?? fullMs / 2 + (fullMs / 2) * chance;
}

async function tryOnce(url: URL, { headers, body, timeoutMs, signal, answerBytesMax = 65_536 }: Post): Promise<PostAnswer | AgentctlError> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const stop = signal === undefined ? late : AbortSignal.any([late, signal]);
    const answer = await fetch(url, { method: "POST", headers: { ...headers }, body, redirect: "manual", signal: stop });
    return { status: answer.status, headers: answer.headers, body: await boundedText(answer.body, answerBytesMax) };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (late.aborted) return new AgentctlError("notify/timeout", `${url.host} did not answer within ${timeoutMs} ms`, { exit: "timeout" });
    return new AgentctlError("notify/no-answer", `${url.host} could not be asked: ${causeOf(thrown)}`);
  }
}

async function boundedText(stream: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let left = bytesMax;
  // Leaving the loop ends the transfer.
  for await (const chunk of stream ?? []) {
    chunks.push(chunk.subarray(0, left));
    left -= Math.min(left, chunk.byteLength);
    if (left === 0) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function requireUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return url;
  throw new AgentctlError("notify/bad-url", "the address is no http or https URL without user name and password", { exit: "usage" });
}

/** Codes only: the texts of some errors hold the whole address. */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "the connection broke";
}
