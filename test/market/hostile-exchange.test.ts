import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { boundedFetch } from "../../src/market/bounded-fetch.ts";
import type { Candle, Exchange } from "../../src/market/exchange.ts";
import { pullCandles } from "../../src/market/pull-candles.ts";
import { minuteMs } from "../support/market-bars.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serving(answer: (response: ServerResponse, path: string) => void): Promise<string> {
  const made = createServer((request, response) => answer(response, request.url ?? ""));
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const read = async (url: string, bytesMax?: number): Promise<string> => (await boundedFetch(url, {}, bytesMax)).text();

test("attack: a redirect to a host that nobody decided about is not followed", async () => {
  const paths: string[] = [];
  const url = await serving((response, path) => {
    paths.push(path);
    response.writeHead(307, { location: "/stolen" }).end();
  });
  await expect(read(url)).rejects.toThrow("fetch failed");
  expect(paths).toEqual(["/"]);
});

test("attack: a body without end is read no further than the bound", async () => {
  const url = await serving((response) => {
    const more = (): void => {
      while (response.write(" ".repeat(65_536)));
      response.once("drain", more);
    };
    more();
  });
  await expect(read(url, 1_000_000)).rejects.toMatchObject({ code: "market/answer-too-large", message: expect.stringContaining("more than 1000000 bytes") });
});

test("attack: a small gzip body that unpacks to a huge one counts unpacked", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
  expect(bomb.length).toBeLessThan(100_000);
  const url = await serving((response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
  await expect(read(url, 1_000_000)).rejects.toMatchObject({ code: "market/answer-too-large" });
});

test("a body within the bound is whole, and one that breaks off is said to", async () => {
  const text = JSON.stringify({ price: "größer" });
  const whole = await serving((response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(text)));
  expect(await read(whole, text.length + 10)).toBe(text);
  server?.close();
  const cut = await serving((response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{");
    setTimeout(() => response.destroy(), 20);
  });
  await expect(read(cut)).rejects.toMatchObject({ name: "BrokenAnswer" });
});

/** Answers whatever it is asked with one candle, a millisecond after the last. */
function dripping(timeMs: number): Exchange & { asked: number } {
  const made = {
    asked: 0,
    market: async () => ({ quote: "USDT", priceDecimals: 2, unitDecimals: 2 }),
    requireTimeframe: () => undefined,
    timeMs: async () => timeMs,
    candles: async (_symbol: string, _timeframe: string, sinceMs: number): Promise<readonly Candle[]> => {
      made.asked += 1;
      return [[sinceMs + minuteMs + 1, 1, 1, 1, 1, 1]];
    },
    retryAfterMs: () => undefined,
  };
  return made;
}

const retries = { attemptsMax: 1, waitMs: 1, waitMaxMs: 1, stop: new AbortController().signal };
const log = { earlier: [], append: () => undefined, close: () => undefined, remove: () => undefined };
const asked = { symbol: "BTC/USDT", timeframe: "1m", timeframeMs: minuteMs, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY, retries };

test("attack: candles that come a millisecond apart for ever end when no more can be", async () => {
  const exchange = dripping(1000 * minuteMs);
  await expect(pullCandles(exchange, log, asked)).rejects.toMatchObject({
    code: "market/exchange-failed",
    message: expect.stringContaining("more than the 3000 candles"),
  });
  expect(exchange.asked).toBe(3001);
});

test("attack: a clock in another century is told before anything is kept", async () => {
  const exchange = dripping(1e13);
  const onTime = (ms: number): void => {
    throw new Error(`it is ${ms}`);
  };
  await expect(pullCandles(exchange, log, { ...asked, onTime })).rejects.toThrow("it is 10000000000000");
  expect(exchange.asked).toBe(0);
});
