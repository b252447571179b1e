import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../base/digest.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import type { Candle } from "./exchange.ts";

/** Pages of an unfinished pull: each is on disk before the next is asked for. */
export interface PageLog {
  /** Those of an earlier, interrupted pull of the same thing. */
  readonly earlier: readonly (readonly Candle[])[];
  append(page: readonly Candle[]): void;
  close(): void;
  /** After the bars are kept. */
  remove(): void;
}

/** `identity` is everything that decides which candles come. A line that a crash left half written is cut off. Errors: market/not-written. */
export function openPageLog(stateDir: string, name: string, identity: string): PageLog {
  const folder = join(stateDir, "pull", name);
  const path = join(folder, `${sha256(identity).slice(0, 16)}.jsonl`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const handle = openSync(path, "a+", 0o600);
    const { pages, bytes } = wholePages(readFileSync(handle));
    ftruncateSync(handle, bytes);
    return {
      earlier: pages,
      append(page) {
        try {
          writeSync(handle, `${JSON.stringify(page)}\n`);
          fsyncSync(handle);
        } catch (cause) {
          throw notWritten(path, cause);
        }
      },
      close: () => closeSync(handle),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

function wholePages(data: Buffer): { pages: Candle[][]; bytes: number } {
  const pages: Candle[][] = [];
  let bytes = 0;
  for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, bytes)) {
    try {
      pages.push(JSON.parse(data.toString("utf8", bytes, end)) as Candle[]);
    } catch {
      break;
    }
    bytes = end + 1;
  }
  return { pages, bytes };
}

function notWritten(path: string, cause: unknown): AgentctlError {
  return new AgentctlError("market/not-written", `${path} cannot be written: ${messageOf(cause)}`, { hint: "mend that and run it again", cause });
}
