import type { Clock } from "../base/clock.ts";
import { isMapping } from "../base/mapping.ts";
import { retryAfterMs } from "./backoff.ts";
import { ModelFault, statusFault } from "./fault.ts";
import { replyLimits } from "./provider.ts";

export interface WireOptions {
  /** Nothing else is ever asked. */
  origin: string;
  /** Sent in the place of whatever a library would send. */
  headers: Readonly<Record<string, string>>;
  /** Until the last byte. */
  timeoutMs: number;
  /** Until the first byte, and between two. */
  silenceMs: number;
  signal: AbortSignal;
  fetch: typeof fetch;
  clock: Clock;
}

/** One request to a server that may mean ill: bounded in bytes and time, no redirects, no headers but ours. */
export interface Wire extends Disposable {
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Aborted by the caller, by silence, or when the time is over. */
  signal: AbortSignal;
  /** What went wrong first, as far as it was seen here; libraries word it otherwise or not at all. */
  fault(): ModelFault | undefined;
}

const longestTimer = 2 ** 31 - 1;

export function openWire(options: WireOptions): Wire {
  const { timeoutMs, silenceMs } = options;
  const stop = new AbortController();
  let first: ModelFault | undefined;
  const fail = (fault: ModelFault): ModelFault => {
    first ??= fault;
    stop.abort(first);
    return first;
  };
  const late = (what: string, passes: boolean) => (): void => void fail(new ModelFault("timeout", what, { passes }));
  const whole = setTimeout(late(`no whole answer within ${timeoutMs} ms`, false), Math.min(timeoutMs, longestTimer));
  const silence = setTimeout(late(`not a byte for ${silenceMs} ms`, true), Math.min(silenceMs, longestTimer));
  let closed = false;
  // A timer that was cleared would start again.
  const heard = (): void => void (closed || silence.refresh());
  const signal = AbortSignal.any([options.signal, stop.signal]);
  return {
    signal,
    fault: () => first,
    async fetch(url, init) {
      const { origin } = new URL(url instanceof Request ? url.url : url);
      if (origin !== options.origin) throw fail(new ModelFault("error", `a library wants to ask ${origin}`, { spent: "nothing" }));
      const response = await options.fetch(url, { ...init, headers: { ...options.headers }, redirect: "manual", signal });
      heard();
      if (response.ok) return new Response(guarded(response, heard, fail), { status: response.status, headers: response.headers });
      throw fail(await refused(response, options.clock));
    },
    [Symbol.dispose]() {
      closed = true;
      clearTimeout(whole);
      clearTimeout(silence);
      // Ends the connection of what nobody reads on.
      stop.abort(first);
    },
  };
}

/** The body, counted: in all, and of each line, since readers of streams keep a line whole. */
function guarded({ body }: Response, heard: () => void, fail: (fault: ModelFault) => ModelFault): ReadableStream<Uint8Array> | null {
  let bytes = 0;
  let line = 0;
  const count = (piece: Uint8Array): void => {
    heard();
    bytes += piece.length;
    const end = piece.indexOf(0x0a);
    const longest = line + (end < 0 ? piece.length : end);
    line = end < 0 ? longest : piece.length - piece.lastIndexOf(0x0a) - 1;
    if (bytes > replyLimits.bytes) throw fail(new ModelFault("unparsable", `the reply has more than ${replyLimits.bytes} bytes`));
    if (longest > replyLimits.lineBytes) throw fail(new ModelFault("unparsable", `a line of the reply has more than ${replyLimits.lineBytes} bytes`));
  };
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      count(piece);
      controller.enqueue(piece);
    },
  });
  return body === null ? null : body.pipeThrough(counted);
}

async function refused(response: Response, clock: Clock): Promise<ModelFault> {
  const { status, headers } = response;
  if (status < 400) {
    await response.body?.cancel().catch(() => undefined);
    return new ModelFault("error", `HTTP ${status}: it sends us elsewhere, and only the address in the settings is asked`, { spent: "nothing" });
  }
  return statusFault(status, said(await beginning(response)), retryAfterMs(headers.get("retry-after"), clock.nowMs()));
}

/** As much of the body of an error as anybody reads. */
async function beginning({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of body ?? []) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > replyLimits.errorBytes) break;
    }
  } catch {
    // The status says enough.
  }
  return Buffer.concat(pieces).subarray(0, replyLimits.errorBytes).toString("utf8");
}

/** The message within the JSON of an error, where there is one. */
function said(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (!isMapping(value)) return body;
    const { error } = value;
    const inner = isMapping(error) ? error["message"] : (error ?? value["message"]);
    return typeof inner === "string" ? inner : body;
  } catch {
    return body;
  }
}
