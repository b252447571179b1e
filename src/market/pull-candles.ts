import { AgentctlError } from "../base/errors.ts";
import type { Candle, Exchange } from "./exchange.ts";
import type { PageLog } from "./page-log.ts";
import { retried, type RetryRules } from "./retry.ts";

export interface PullAsked {
  symbol: string;
  timeframe: string;
  timeframeMs: number;
  /** Opening time of the first candle that is wanted; ones before it are not asked for. */
  sinceMs: number;
  /** Opening times before this one only. */
  untilMs: number;
  /** Told the exchange's clock before anything is asked for by it; may throw. */
  onTime?: ((exchangeMs: number) => void) | undefined;
  retries: RetryRules;
  onPage?: ((progress: PullProgress) => void) | undefined;
}

export interface PullProgress {
  /** Different ones so far. */
  candles: number;
  /** Share of the time that is covered, 0 to 1. */
  share: number;
  /** Opening time of the newest. */
  upToMs: number;
}

export interface Pulled {
  /** Every page, those of an interrupted pull first. */
  pages: readonly (readonly Candle[])[];
  /** Time at the exchange when it began; what had not closed by then is not here. */
  exchangeMs: number;
  requests: number;
}

/** Candles of the page before that are asked for again, so that a change is seen. */
const overlapCandles = 2;
/** Pages without a candle, after which a market is taken to have none any more. */
const emptyMax = 20;
/** Beyond what fits between the first and the last time: pages that begin before what was asked for. */
const spareCandles = 2000;
/** How far an empty page reaches. */
const pageCandles = 1000;

/**
 * Asks for candles page by page until the newest that has closed, by the exchange's clock. Goes on from where an interrupted pull stopped; each page is on
 * disk before the next is asked for. Errors: market/exchange-failed, also for more candles than there can be; the reason of `retries.stop`.
 */
export async function pullCandles(exchange: Exchange, log: PageLog, asked: PullAsked): Promise<Pulled> {
  const { symbol, timeframe, timeframeMs, sinceMs, retries } = asked;
  const exchangeMs = await retried(exchange, () => exchange.timeMs(), retries);
  asked.onTime?.(exchangeMs);
  const endMs = Math.min(asked.untilMs, exchangeMs - timeframeMs + 1);
  const pages: (readonly Candle[])[] = [...log.earlier];
  let newest = newestOf(pages) ?? Number.NEGATIVE_INFINITY;
  let cursor = Math.max(sinceMs, newest - (overlapCandles - 1) * timeframeMs);
  let candles = new Set(pages.flatMap((page) => page.map(([ts]) => ts))).size;
  // Of every moment one candle, and a page that overlaps; more would go on for ever.
  const room = Math.ceil((endMs - sinceMs) / timeframeMs) + spareCandles;
  let requests = 0;
  let empty = 0;
  while (newest + timeframeMs < endMs && cursor < endMs && empty < emptyMax) {
    const from = cursor;
    const answered = await retried(exchange, () => exchange.candles(symbol, timeframe, from), retries);
    requests += 1;
    const page = answered.filter(([ts]) => ts >= from && ts < endMs);
    if (candles + page.length > room) throw tooMany(room);
    const last = page.reduce((latest, [ts]) => Math.max(latest, ts), Number.NEGATIVE_INFINITY);
    if (last <= newest) {
      // Nothing new here: a hole that is wider than a page, or the end.
      empty += 1;
      cursor = Math.max(cursor, newest) + pageCandles * timeframeMs;
      continue;
    }
    empty = 0;
    log.append(page);
    pages.push(page);
    const before = newest;
    candles += page.filter(([ts]) => ts > before).length;
    newest = last;
    cursor = newest - (overlapCandles - 1) * timeframeMs;
    asked.onPage?.({ candles, share: Math.min(1, (newest + timeframeMs - sinceMs) / Math.max(1, endMs - sinceMs)), upToMs: newest });
  }
  return { pages, exchangeMs, requests };
}

function newestOf(pages: readonly (readonly Candle[])[]): number | undefined {
  let newest: number | undefined;
  for (const page of pages) for (const [ts] of page) if (newest === undefined || ts > newest) newest = ts;
  return newest;
}

function tooMany(room: number): AgentctlError {
  return new AgentctlError("market/exchange-failed", `the exchange answers more than the ${room} candles that there can be in this time`, {
    hint: "is it candles of this timeframe that it answers?",
  });
}
