import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../base/digest.ts";
import { newId } from "../base/ids.ts";

export interface Waits {
  /** Before the second try; doubled before each further one. */
  firstMs: number;
  mostMs: number;
}

export const usualWaits: Waits = { firstMs: 500, mostMs: 60_000 };

/** Uniform in [0, 1) from the system's chance. */
export function systemFraction(): number {
  return Number.parseInt(sha256(newId("w")).slice(0, 12), 16) / 2 ** 48;
}

/** How long to wait after the n-th failure in a row (from 1): what the server asked for, else doubling, half of it by chance; never above `mostMs`. */
export function waitMs(failures: number, askedMs: number | undefined, waits: Waits, chance: () => number): number {
  if (askedMs !== undefined) return Math.min(Math.max(0, askedMs), waits.mostMs);
  const full = Math.min(waits.firstMs * 2 ** Math.min(failures - 1, 30), waits.mostMs);
  return full / 2 + (full / 2) * chance();
}

/** `Retry-After` in ms: seconds or a date; undefined when it is neither. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.length > 64) return undefined;
  const text = header.trim();
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text) * 1000;
  // Dates as HTTP writes them have a name of a day before them; a bare number is none.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Waits; rejects with the reason of the signal as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
