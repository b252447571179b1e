import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with the next answer to a path. */
export type Fault =
  | { kind: "status"; status: number; retryAfter?: number | string; body?: string }
  /** A good status and half of the JSON. */
  | { kind: "half-json" }
  /** Half of the bytes that Content-Length names, then the end of the connection. */
  | { kind: "half-body" }
  | { kind: "reset" }
  /** The headers, and then nothing more until the client gives up. */
  | { kind: "stuck" }
  /** A byte at a time. */
  | { kind: "slow"; msPerByte: number }
  | { kind: "body"; body: string };

export interface FakeExchange {
  /** To be given as the endpoint. */
  url: string;
  /** Its clock, ms; may be set. */
  nowMs: number;
  /** Path and query of every request, in order. */
  requests: string[];
  /** Faults of the next requests to a path that ends so, in order; `undefined` lets one through. */
  fail(path: string, ...faults: (Fault | undefined)[]): void;
  /** From now on this candle is answered with another close. */
  change(ts: number, close: string): void;
  /** No candles from here (inclusive) to there (exclusive). */
  hole(fromMs: number, toMs: number): void;
  /** Every page begins this many candles before what was asked for. */
  overlap: number;
  close(): Promise<void>;
}

const frames: Record<string, number> = { "1m": 60_000, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000 };

/**
 * A server that answers as Binance's spot API does: /api/v3/ping, time, exchangeInfo and klines, for BTC/USDT and ETH/USDT, the last candle still forming.
 * Candles are a function of their time, so that any pull of the same range must be equal.
 */
export async function fakeExchange(options: { nowMs: number; firstMs: number; pageMax?: number }): Promise<FakeExchange> {
  const faults = new Map<string, (Fault | undefined)[]>();
  const changed = new Map<number, string>();
  const holes: [number, number][] = [];
  const server = createServer((request, response) => {
    fake.requests.push(request.url ?? "");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const name = pathname.split("/").at(-1) ?? "";
    const fault = faults.get(name)?.shift();
    const [status, body] = answer(name, searchParams);
    if (fault === undefined) send(response, status, body);
    else misbehave(request, response, fault, body);
  });

  const answer = (name: string, query: URLSearchParams): [number, string] => {
    if (name === "ping") return [200, "{}"];
    if (name === "time") return [200, JSON.stringify({ serverTime: fake.nowMs })];
    if (name === "exchangeInfo") return [200, JSON.stringify(exchangeInfo(fake.nowMs))];
    if (name !== "klines") return [404, JSON.stringify({ code: -1000, msg: "no such path" })];
    if (!["BTCUSDT", "ETHUSDT"].includes(query.get("symbol") ?? "")) return [400, JSON.stringify({ code: -1121, msg: "Invalid symbol." })];
    return [200, JSON.stringify(klines(query))];
  };

  const klines = (query: URLSearchParams): unknown[] => {
    const frameMs = frames[query.get("interval") ?? ""] ?? 60_000;
    const limit = Math.min(Number(query.get("limit") ?? 500), options.pageMax ?? 1000);
    const asked = Number(query.get("startTime") ?? fake.nowMs - limit * frameMs) - fake.overlap * frameMs;
    const page: unknown[] = [];
    for (let ts = Math.ceil(Math.max(asked, options.firstMs) / frameMs) * frameMs; ts <= fake.nowMs && page.length < limit + fake.overlap; ts += frameMs) {
      const hole = holes.find(([from, to]) => ts >= from && ts < to);
      // To the last candle of the hole at once.
      if (hole !== undefined) ts = hole[1] - frameMs;
      else page.push(kline(ts, frameMs, ts + frameMs > fake.nowMs, changed.get(ts)));
    }
    return page;
  };

  const fake: FakeExchange = {
    url: "",
    nowMs: options.nowMs,
    requests: [],
    overlap: 0,
    fail: (path, ...more) => void faults.set(path, [...(faults.get(path) ?? []), ...more]),
    change: (ts, close) => void changed.set(ts, close),
    hole: (from, to) => void holes.push([from, to]),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}

/** The candle of a time: open, high, low, close, volume as the exchange writes them. */
export function candleAt(ts: number, frameMs: number): [ts: number, open: string, high: string, low: string, close: string, volume: string] {
  const price = (at: number): number => 20_000 + 500 * Math.sin(at / 7_000_000) + (at % 991);
  const [open, close] = [price(ts), price(ts + frameMs)];
  const written = (value: number): string => value.toFixed(2);
  return [ts, written(open), written(Math.max(open, close) + 3), written(Math.min(open, close) - 3), written(close), (((ts / 1000) % 37) + 0.5).toFixed(5)];
}

function kline(ts: number, frameMs: number, forming: boolean, changedClose: string | undefined): unknown[] {
  const [, open, high, low, close, volume] = candleAt(ts, frameMs);
  const shown = forming ? open : (changedClose ?? close);
  return [ts, open, high, low, shown, volume, ts + frameMs - 1, "1000.00", 42, "0.50000", "500.00", "0"];
}

function exchangeInfo(nowMs: number): unknown {
  const symbol = (base: string): unknown => ({
    symbol: `${base}USDT`,
    status: "TRADING",
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: "USDT",
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
    icebergAllowed: true,
    ocoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: "0.01000000", maxPrice: "1000000.00000000", tickSize: "0.01000000" },
      { filterType: "LOT_SIZE", minQty: "0.00001000", maxQty: "9000.00000000", stepSize: "0.00001000" },
      { filterType: "NOTIONAL", minNotional: "5.00000000", applyMinToMarket: true, maxNotional: "9000000.00000000", applyMaxToMarket: false, avgPriceMins: 5 },
    ],
    permissions: [],
    permissionSets: [["SPOT", "MARGIN"]],
    defaultSelfTradePreventionMode: "EXPIRE_MAKER",
    allowedSelfTradePreventionModes: ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
  });
  const rateLimits = [{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6000 }];
  return { timezone: "UTC", serverTime: nowMs, rateLimits, exchangeFilters: [], symbols: [symbol("BTC"), symbol("ETH")] };
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json;charset=UTF-8", "x-mbx-used-weight-1m": "2", ...headers });
  response.end(body);
}

function misbehave(request: IncomingMessage, response: ServerResponse, fault: Fault, body: string): void {
  if (fault.kind === "status") {
    const retry = fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
    send(response, fault.status, fault.body ?? JSON.stringify({ code: -1003, msg: "Too many requests." }), retry);
  } else if (fault.kind === "half-json") send(response, 200, body.slice(0, body.length / 2));
  else if (fault.kind === "body") send(response, 200, fault.body);
  else if (fault.kind === "reset") request.socket.resetAndDestroy();
  else {
    response.writeHead(200, { "content-type": "application/json;charset=UTF-8", "content-length": String(Buffer.byteLength(body)) });
    if (fault.kind === "half-body") response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
    if (fault.kind === "stuck") response.write(body.slice(0, 10));
    if (fault.kind === "slow") drip(response, body, fault.msPerByte);
  }
}

function drip(response: ServerResponse, body: string, msPerByte: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent >= body.length || response.destroyed) {
      clearInterval(timer);
      response.end();
      return;
    }
    response.write(body[sent]);
    sent += 1;
  }, msPerByte);
}
