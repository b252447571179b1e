import { lookup } from "node:dns/promises";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import type { Readable, Transform } from "node:stream";
import { AgentctlError, messageOf } from "../../base/errors.ts";
import { abortable } from "./abortable.ts";
import { isPublicAddress } from "./public-address.ts";
import type { PageUrl } from "./page-url.ts";

/** The one place where a tool speaks HTTP: one GET of one URL, to an address that was looked at, with nothing of the environment in it. */

export interface FetchLimits {
  timeoutMs: number;
  /** Of the body, both as it comes and unpacked. */
  bytesMax: number;
}

export interface FetchedPage {
  status: number;
  /** `type/subtype`, lower case; empty when the server names none. */
  type: string;
  charset: string | undefined;
  /** Where the server sends on to; never followed. */
  location: string | undefined;
  body: Uint8Array;
  /** The body went on beyond the limit. */
  cut: boolean;
  /** That was connected to. */
  address: string;
}

const headers = {
  accept: "text/html, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8, */*;q=0.1",
  "accept-encoding": "gzip, deflate, br",
  "user-agent": "agentctl",
};

/**
 * Fetches a page. Neither cookies, nor credentials, nor a proxy; no redirect is followed. A name is looked up once, and the connection goes to what was
 * found. Errors: `fetch/private-address`, `fetch/no-address`, `fetch/timeout` (exit timeout), `fetch/failed`, `fetch/bad-encoding`; when `signal` aborts, its reason.
 */
export async function fetchPage(target: PageUrl, limits: FetchLimits, signal: AbortSignal): Promise<FetchedPage> {
  const late = new AgentctlError("fetch/timeout", `${target.host} did not answer whole within ${limits.timeoutMs} ms`, { exit: "timeout" });
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(late), limits.timeoutMs);
  const stop = AbortSignal.any([signal, timer.signal]);
  try {
    const address = await addressOf(target, stop);
    const response = await requested(target, address, stop);
    try {
      const { body, cut } = await bodyOf(response, limits.bytesMax);
      return { ...headOf(response), body, cut, address };
    } finally {
      response.destroy();
    }
  } catch (cause) {
    stop.throwIfAborted();
    if (cause instanceof AgentctlError) throw cause;
    throw new AgentctlError("fetch/failed", `${target.host} could not be read: ${messageOf(cause)}`, { cause });
  } finally {
    clearTimeout(timeout);
  }
}

/** An address that the URL names itself is one that policy was asked about; what a name leads to has to be public. */
async function addressOf({ host, address }: PageUrl, stop: AbortSignal): Promise<string> {
  if (address !== undefined) return address;
  const found = await abortable(lookup(host, { all: true, order: "ipv4first" }), stop);
  const [first] = found;
  if (first === undefined) throw new AgentctlError("fetch/no-address", `${host} has no address`);
  const inside = found.find((each) => !isPublicAddress(each.address));
  if (inside === undefined) return first.address;
  throw new AgentctlError("fetch/private-address", `${host} leads to ${inside.address}, which is no address of the public internet`, {
    hint: "a host with public addresses; a machine of one's own is named by its address, and policy decides about that",
  });
}

async function requested({ url, host, port, address: literal }: PageUrl, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const pinned: LookupFunction = (_host, options, found) => {
    const family = isIP(address);
    if (options.all === true) found(null, [{ address, family }]);
    else found(null, address, family);
  };
  const path = url.pathname + url.search;
  const options = { method: "GET", path, host: literal ?? host, port, headers: { ...headers, host: url.host }, lookup: pinned, signal, maxHeaderSize: 16_384 };
  const sent = await started(url.protocol, options, literal === undefined ? { servername: host } : {});
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.on("error", reject);
    sent.end();
  });
}

/** With an agent of its own: the global one may take a proxy from the environment, and keeps connections. */
async function started(protocol: string, options: RequestOptions, name: { servername?: string }): Promise<ClientRequest> {
  if (protocol === "https:") {
    const { Agent, request } = await import("node:https");
    return request({ ...options, ...name, rejectUnauthorized: true, agent: new Agent({ keepAlive: false }) });
  }
  const { Agent, request } = await import("node:http");
  return request({ ...options, agent: new Agent({ keepAlive: false }) });
}

function headOf({ statusCode = 0, headers: got }: IncomingMessage): Pick<FetchedPage, "status" | "type" | "charset" | "location"> {
  const [type = "", ...parameters] = (got["content-type"] ?? "").toLowerCase().split(";");
  const charset = parameters.map((each) => /^\s*charset\s*=\s*"?([\w:.-]{1,40})"?\s*$/.exec(each)?.[1]).find((each) => each !== undefined);
  return { status: statusCode, type: type.trim(), charset, location: got.location };
}

/** Up to `bytesMax` bytes, unpacked; the rest is not read. */
async function bodyOf(response: IncomingMessage, bytesMax: number): Promise<{ body: Uint8Array; cut: boolean }> {
  const chunks: Buffer[] = [];
  let left = bytesMax;
  const source = await unpacked(response, bytesMax);
  for await (const chunk of source) {
    const bytes = chunk as Buffer;
    chunks.push(bytes.subarray(0, left));
    if (bytes.length > left) return { body: Buffer.concat(chunks), cut: true };
    left -= bytes.length;
  }
  return { body: Buffer.concat(chunks), cut: false };
}

/** Small packed bytes can become any number of bytes: they come in pieces, and reading ends where the limit is. */
async function unpacked(response: IncomingMessage, bytesMax: number): Promise<Readable> {
  const encoding = (response.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return response;
  const [{ createBrotliDecompress, createGunzip, createInflate }, { pipeline, Transform }] = await Promise.all([import("node:zlib"), import("node:stream")]);
  const makers = new Map<string, () => Transform>([
    ["gzip", createGunzip],
    ["x-gzip", createGunzip],
    ["deflate", createInflate],
    ["br", createBrotliDecompress],
  ]);
  const make = makers.get(encoding);
  if (make === undefined)
    throw new AgentctlError("fetch/bad-encoding", `the page is packed in a way that is not read here: ${JSON.stringify(encoding.slice(0, 40))}`);
  let packed = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      packed += chunk.length;
      if (packed > bytesMax) done(new AgentctlError("fetch/failed", `the packed page has more than ${bytesMax} bytes`));
      else done(null, chunk);
    },
  });
  const output = make();
  // What goes wrong in it is thrown where the output is read.
  pipeline(response, counted, output, () => undefined);
  return output;
}
