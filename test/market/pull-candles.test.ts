import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openExchange, type Candle, type Exchange } from "../../src/market/exchange.ts";
import { mergeCandles } from "../../src/market/merge-candles.ts";
import { openPageLog, type PageLog } from "../../src/market/page-log.ts";
import { pullCandles, type Pulled } from "../../src/market/pull-candles.ts";
import type { Bars } from "../../src/strategy/bars.ts";
import { candleAt, fakeExchange, type FakeExchange, type Fault } from "../support/exchange.ts";
import { barsFrom, minuteMs, sameBars } from "../support/market-bars.ts";
import { folder } from "../support/workspace.ts";

const firstMs = Date.UTC(2024, 0, 1);
const nowMs = firstMs + 250 * minuteMs + 20_000;
const stateDir = folder();
let fake: FakeExchange;
let exchange: Exchange;
let connected: string[];

beforeEach(async () => {
  fake = await fakeExchange({ nowMs, firstMs, pageMax: 100 });
  connected = [];
  exchange = await openExchange({
    exchange: "binance",
    endpoint: fake.url,
    timeoutMs: 400,
    onConnect: async (host, port) => void connected.push(`${host}:${port}`),
  });
  await exchange.market("BTC/USDT");
  fake.requests.length = 0;
});
afterEach(() => fake.close());

const memoryLog = (earlier: readonly (readonly Candle[])[] = []): PageLog => ({
  earlier,
  append: () => undefined,
  close: () => undefined,
  remove: () => undefined,
});

async function pull(
  options: { log?: PageLog; untilMs?: number; sinceMs?: number; waits?: [string, number][]; stop?: AbortSignal; attemptsMax?: number } = {},
): Promise<Pulled> {
  const { log = memoryLog(), untilMs = Number.POSITIVE_INFINITY, sinceMs = firstMs, waits = [], attemptsMax = 4 } = options;
  const stop = options.stop ?? new AbortController().signal;
  const retries = { attemptsMax, waitMs: 5, waitMaxMs: 2000, stop, onWait: (why: string, ms: number) => void waits.push([why, ms]) };
  return pullCandles(exchange, log, { symbol: "BTC/USDT", timeframe: "1m", timeframeMs: minuteMs, sinceMs, untilMs, retries });
}

/** What must come of any pull of so many minutes. */
function truth(minutes: number, from = 0): Bars {
  return barsFrom(Array.from({ length: minutes - from }, (_, at) => candleAt(firstMs + (from + at) * minuteMs, minuteMs).map(Number)));
}

const merged = ({ pages }: Pulled): Bars => mergeCandles(undefined, pages).bars;

describe("a pull", () => {
  test("asks page by page, and takes closed candles only", async () => {
    const pulled = await pull();
    expect(sameBars(merged(pulled), truth(250))).toBe(true);
    expect(pulled.exchangeMs).toBe(nowMs);
    expect(fake.requests.map((request) => request.split("?")[0])).toEqual(["/api/v3/time", "/api/v3/klines", "/api/v3/klines", "/api/v3/klines"]);
    expect(new Set(connected)).toEqual(new Set([new URL(fake.url).host]));
  });

  test("ends before `until`, and asks for nothing when there is nothing", async () => {
    expect(sameBars(merged(await pull({ untilMs: firstMs + 30 * minuteMs })), truth(30))).toBe(true);
    fake.requests.length = 0;
    expect((await pull({ sinceMs: firstMs + 250 * minuteMs })).pages).toEqual([]);
    expect(fake.requests).toEqual(["/api/v3/time"]);
  });

  test.each([
    ["hours ahead of ours", 5 * 3_600_000],
    ["hours behind ours", -3 * 3_600_000],
  ])("goes by the exchange's clock, %s", async (_, skewMs) => {
    // Ours says 2026 or later; what counts is theirs.
    fake.nowMs = nowMs + Math.max(skewMs, -240 * minuteMs);
    const minutes = Math.floor((fake.nowMs - firstMs) / minuteMs);
    expect(sameBars(merged(await pull()), truth(minutes))).toBe(true);
  });

  test("pages that overlap are one", async () => {
    fake.overlap = 7;
    const { bars, repeated, changedCount } = mergeCandles(undefined, (await pull()).pages);
    expect(sameBars(bars, truth(250))).toBe(true);
    expect({ some: repeated > 0, changedCount }).toEqual({ some: true, changedCount: 0 });
  });

  test("a hole that is wider than a page does not end it", async () => {
    fake.hole(firstMs + 50 * minuteMs, firstMs + 220 * minuteMs);
    const bars = merged(await pull());
    expect(bars.length).toBe(250 - 170);
    expect(bars.ts.at(-1)).toBe(firstMs + 249 * minuteMs);
  });

  test("a market that has none any more ends it, after a bounded number of pages", async () => {
    fake.hole(firstMs + 50 * minuteMs, Number.POSITIVE_INFINITY);
    fake.nowMs = firstMs + 10_000_000 * minuteMs;
    expect(merged(await pull()).length).toBe(50);
    expect(fake.requests.length).toBeLessThan(30);
  });
});

describe("faults", () => {
  const faults: [string, Fault, number?][] = [
    ["429 with Retry-After", { kind: "status", status: 429, retryAfter: 1 }, 1000],
    ["429 with a Retry-After that is no number", { kind: "status", status: 429, retryAfter: "soon" }, 5],
    ["418 with Retry-After", { kind: "status", status: 418, retryAfter: 0 }, 0],
    ["500", { kind: "status", status: 500 }],
    ["502 with a page of a proxy", { kind: "status", status: 502, body: "<html>Bad Gateway</html>" }],
    ["503", { kind: "status", status: 503 }],
    ["half of the JSON", { kind: "half-json" }],
    ["half of the body", { kind: "half-body" }],
    ["a connection that is reset", { kind: "reset" }],
    ["an answer that gets stuck", { kind: "stuck" }],
    ["bytes that trickle", { kind: "slow", msPerByte: 20 }],
    ["a page that is no JSON", { kind: "body", body: "<html>maintenance</html>" }],
  ];

  test.each(faults)("%s is tried again, and nothing is missing or twice", async (_, fault, waitMs) => {
    fake.fail("klines", undefined, fault);
    const waits: [string, number][] = [];
    expect(sameBars(merged(await pull({ waits })), truth(250))).toBe(true);
    expect(waits).toHaveLength(1);
    if (waitMs !== undefined) expect(waits[0]![1]).toBe(waitMs);
  });

  test("that do not end are given up, with what was tried; the time too", async () => {
    fake.fail("klines", ...Array.from({ length: 4 }, (): Fault => ({ kind: "status", status: 503 })));
    await expect(pull()).rejects.toMatchObject({
      code: "market/exchange-failed",
      message: expect.stringMatching(/4 attempts failed, the last with: .*503|Too many/),
    });
    fake.fail("time", ...Array.from({ length: 4 }, (): Fault => ({ kind: "reset" })));
    await expect(pull()).rejects.toMatchObject({ code: "market/exchange-failed" });
  });

  test("a ban for minutes ends the pull, and says how long", async () => {
    fake.fail("klines", { kind: "status", status: 418, retryAfter: 3600 });
    await expect(pull()).rejects.toMatchObject({ code: "market/exchange-failed", message: expect.stringContaining("left alone for 3600 s") });
  });

  test("what it refuses for good is not asked again", async () => {
    fake.fail("klines", { kind: "status", status: 400, body: JSON.stringify({ code: -1100, msg: "Illegal characters" }) });
    await expect(pull()).rejects.toMatchObject({ message: expect.stringContaining("it refuses") });
    expect(fake.requests.filter((request) => request.includes("klines"))).toHaveLength(1);
  });

  test("a stop ends the waiting", async () => {
    fake.fail("klines", { kind: "status", status: 429, retryAfter: 2 });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("halted")), 100);
    await expect(pull({ stop: stop.signal })).rejects.toThrow("halted");
  });
});

describe("candles that changed after they closed", () => {
  test("are reported, and the later word counts", async () => {
    const first = await pull({ untilMs: firstMs + 100 * minuteMs });
    fake.change(firstMs + 99 * minuteMs, "1.00");
    const before = mergeCandles(undefined, first.pages).bars;
    const { pages } = await pull({ sinceMs: firstMs + 98 * minuteMs });
    const { changed, changedCount, bars } = mergeCandles(before, pages);
    expect(changedCount).toBe(1);
    expect(changed).toMatchObject([{ time: "2024-01-01T01:39:00Z", is: [expect.any(Number), expect.any(Number), expect.any(Number), 1, expect.any(Number)] }]);
    expect(bars.close[99]).toBe(1);
    expect(bars.length).toBe(250);
  });
});

describe("pages on disk", () => {
  const log = (): PageLog => openPageLog(stateDir, "btc", "binance BTC/USDT");

  test("an interrupted pull goes on from the last whole page", async () => {
    fake.fail("klines", undefined, undefined, ...Array.from({ length: 4 }, (): Fault => ({ kind: "reset" })));
    const first = log();
    await expect(pull({ log: first })).rejects.toMatchObject({ code: "market/exchange-failed" });
    first.close();
    const [file = ""] = readdirSync(join(stateDir, "pull/btc"));
    const path = join(stateDir, "pull/btc", file);
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(2);
    // A page that a crash left half written.
    writeFileSync(path, `${readFileSync(path, "utf8")}[[1704079`);
    fake.requests.length = 0;
    const second = log();
    expect(second.earlier).toHaveLength(2);
    expect(sameBars(merged(await pull({ log: second })), truth(250))).toBe(true);
    expect(fake.requests.filter((request) => request.includes("klines"))).toHaveLength(1);
    second.close();
    expect(
      readFileSync(path, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toHaveLength(3);
    second.remove();
    expect(existsSync(path)).toBe(false);
  });
});

describe("an exchange", () => {
  const open = (more: Partial<Parameters<typeof openExchange>[0]>): Promise<Exchange> =>
    openExchange({ exchange: "binance", endpoint: fake.url, timeoutMs: 400, onConnect: async () => undefined, ...more });

  test("has markets, timeframes and decimals", async () => {
    expect(await exchange.market("ETH/USDT")).toEqual({ quote: "USDT", priceDecimals: 2, unitDecimals: 5 });
    await expect(exchange.market("BTC/USDD")).rejects.toMatchObject({ code: "market/unknown-symbol", hint: "did you mean BTC/USDT?", exit: "usage" });
    expect(() => exchange.requireTimeframe("7m")).toThrow(expect.objectContaining({ code: "market/no-timeframe", exit: "usage" }));
    exchange.requireTimeframe("1h");
  });

  test("that there is not is named with the nearest", async () => {
    await expect(open({ exchange: "binanc" })).rejects.toMatchObject({ code: "market/unknown-exchange", hint: "did you mean binance?", exit: "usage" });
    await expect(open({ exchange: "../../package" })).rejects.toMatchObject({ code: "market/unknown-exchange" });
    await expect(open({ endpoint: "ftp://x" })).rejects.toMatchObject({ code: "market/bad-endpoint" });
  });

  test("is not reached before that is allowed", async () => {
    const refused = await open({ onConnect: async () => Promise.reject(new Error("denied")) });
    await expect(refused.timeMs()).rejects.toThrow("denied");
    expect(fake.requests).toEqual([]);
  });

  test.each(["kraken", "coinbase", "bybit", "okx"])("%s loads by its file alone", async (name) => {
    expect(await open({ exchange: name })).toHaveProperty("candles");
  });
});
