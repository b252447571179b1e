import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { isoTime } from "../base/clock.ts";

export interface FetchBounds {
  /** Of one try, from its first byte to the last one of the answer. */
  timeoutMs: number;
  answerBytesMax: number;
  /** Further tries where the same request may be answered better a little later. */
  retries: number;
  /** A host that asks for a longer wait gets no further try. */
  waitMsMax: number;
  signal?: AbortSignal | undefined;
}

export const usualBounds: FetchBounds = { timeoutMs: 20_000, answerBytesMax: 4 * 1024 * 1024, retries: 3, waitMsMax: 30_000 };

/**
 * `fetch` for one API: only below its address, no redirect followed (the token would go along), answers whole and within their bound, JSON only. Reading is tried
 * again after 429, 5xx and broken connections; writing only where the host says that it did nothing, since a second try could do it twice.
 * Errors: `forge/elsewhere`, `forge/redirected`, `forge/bad-answer`, `forge/no-answer`, `forge/timeout` (timeout), `forge/rate-limited`.
 */
export function boundedFetch(apiUrl: string, bounds: FetchBounds): typeof fetch {
  return async (input, init) => {
    const url = requireBelow(apiUrl, typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
    const reading = (init?.method ?? "GET") === "GET";
    for (let failures = 0; ; failures += 1) {
      const answer = await tryOnce(url, init ?? {}, bounds);
      const wait = answer instanceof AgentctlError ? 250 * 2 ** failures : waitOf(answer, failures);
      const limited = !(answer instanceof AgentctlError) && isLimited(answer);
      const again =
        answer instanceof AgentctlError
          ? reading && answer.code !== "forge/bad-answer" && answer.code !== "forge/redirected"
          : limited || (reading && answer.status >= 500);
      if (!again || failures >= bounds.retries || wait > bounds.waitMsMax) {
        if (answer instanceof AgentctlError) throw answer;
        if (limited) throw rateLimited(url, answer);
        return answer;
      }
      await sleep(wait, undefined, bounds.signal && { signal: bounds.signal }).catch(() => bounds.signal?.throwIfAborted());
    }
  };
}

/** An address that the host itself named (the next page) is asked only where it lies below the API. */
function requireBelow(apiUrl: string, text: string): URL {
  const [url, api] = [new URL(text), new URL(apiUrl)];
  const base = api.pathname.replace(/\/$/, "");
  // GitHub names the next page by number, below /repositories/<id>.
  if (url.origin === api.origin && (base === "" || url.pathname.startsWith(`${base}/`)) && url.username === "" && url.password === "") return url;
  throw new AgentctlError("forge/elsewhere", `${api.host} names an address at ${url.host}, where the token does not go`);
}

async function tryOnce(
  url: URL,
  { method, headers, body }: RequestInit,
  { timeoutMs, answerBytesMax, signal }: FetchBounds,
): Promise<Response | AgentctlError> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const stop = signal === undefined ? late : AbortSignal.any([late, signal]);
    const answer = await fetch(url, {
      ...(method !== undefined && { method }),
      ...(headers !== undefined && { headers }),
      body: body ?? null,
      redirect: "manual",
      signal: stop,
    });
    if (answer.status >= 300 && answer.status < 400 && answer.status !== 304) {
      await answer.body?.cancel();
      return new AgentctlError("forge/redirected", `${url.host} answered ${answer.status} for ${url.pathname}; redirects are not followed`, {
        hint: "the repository may have another name now: --repo owner/name",
      });
    }
    const data = await bounded(answer.body, answerBytesMax);
    if (data === undefined) return new AgentctlError("forge/bad-answer", `${url.host} answered with more than ${answerBytesMax} bytes`);
    if (data.length > 0 && !isJson(data.toString("utf8"))) {
      if (answer.status < 400) return new AgentctlError("forge/bad-answer", `${url.host} answered ${answer.status} with something that is no JSON`);
      return emptied(answer);
    }
    return new Response(data.length === 0 || answer.status === 204 || answer.status === 304 ? null : new Uint8Array(data), {
      status: answer.status,
      headers: answer.headers,
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    if (late.aborted) return new AgentctlError("forge/timeout", `${url.host} did not answer within ${timeoutMs} ms`, { exit: "timeout" });
    return new AgentctlError("forge/no-answer", `${url.host} could not be asked: ${causeOf(thrown)}`);
  }
}

/** A page of a proxy in front of it says nothing to us. */
function emptied({ status, headers }: Response): Response {
  const kept = new Headers(headers);
  kept.set("content-type", "application/json");
  return new Response("{}", { status, headers: kept });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where it is more. Leaving the loop ends the transfer. */
async function bounded(stream: ReadableStream<Uint8Array> | null, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The whole hour's limit, or the one for many requests at once; GitHub says both with 403 or 429. */
function isLimited({ status, headers }: Response): boolean {
  return status === 429 || (status === 403 && (headers.get("x-ratelimit-remaining") === "0" || headers.get("retry-after") !== null));
}

function waitOf({ headers }: Response, failures: number): number {
  const after = /^\d{1,9}$/.exec(headers.get("retry-after") ?? "")?.[0];
  if (after !== undefined) return Number(after) * 1000;
  const reset = resetMs(headers);
  return reset !== undefined && headers.get("x-ratelimit-remaining") === "0" ? Math.max(0, reset - systemClock.nowMs()) : 250 * 2 ** failures;
}

function resetMs(headers: Headers): number | undefined {
  const reset = /^\d{1,11}$/.exec(headers.get("x-ratelimit-reset") ?? "")?.[0];
  return reset === undefined ? undefined : Number(reset) * 1000;
}

function rateLimited(url: URL, { headers }: Response): AgentctlError {
  const reset = resetMs(headers);
  const until = reset === undefined ? "" : ` until ${isoTime(reset)}`;
  return new AgentctlError("forge/rate-limited", `${url.host} takes no more requests with this token${until}`, { hint: "ask again then" });
}

/** Codes only: the texts of some errors hold the whole address. */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "the connection broke";
}
