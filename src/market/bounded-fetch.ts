import { AgentctlError, messageOf } from "../base/errors.ts";

/** An answer whose body is not the JSON that it should be, or does not come to an end. */
export class BrokenAnswer extends Error {
  override readonly name = "BrokenAnswer";
}

/** As much of a response as ccxt looks at. */
interface WholeResponse extends Pick<Response, "status" | "statusText" | "headers"> {
  text(): Promise<string>;
}

/** A list of all markets of the largest exchange takes a quarter of it. */
const usualBytesMax = 64 * 1024 * 1024;

/**
 * `fetch` for servers that mean ill: redirects are errors, since only the host that was asked for was decided about, and a body is read no further than
 * `bytesMax`, counted after it was unpacked. Errors: BrokenAnswer for a body that breaks off, market/answer-too-large, those of fetch.
 */
export async function boundedFetch(url: string, init: RequestInit, bytesMax = usualBytesMax): Promise<WholeResponse> {
  const response = await fetch(url, { ...init, redirect: "error" });
  const { status, statusText, headers } = response;
  const { host } = new URL(url);
  // Read when it is asked for: by then the time for the headers is over, and another one begins.
  return { status, statusText, headers, text: () => wholeText(response, host, bytesMax) };
}

async function wholeText({ body }: Response, host: string, bytesMax: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of body ?? []) {
      bytes += piece.length;
      // Leaving the loop ends the connection.
      if (bytes > bytesMax) break;
      pieces.push(piece);
    }
  } catch (cause) {
    throw new BrokenAnswer(`the answer of ${host} breaks off: ${messageOf(cause)}`, { cause });
  }
  if (bytes <= bytesMax) return Buffer.concat(pieces).toString("utf8");
  throw new AgentctlError("market/answer-too-large", `the answer of ${host} has more than ${bytesMax} bytes, which no list of candles has`);
}
