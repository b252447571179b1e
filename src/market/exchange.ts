import { readdirSync } from "node:fs";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import { boundedFetch, BrokenAnswer } from "./bounded-fetch.ts";

/** One candle as exchanges send it: opening time in ms, open, high, low, close, volume. */
export type Candle = readonly [ts: number, open: number, high: number, low: number, close: number, volume: number];

export interface ExchangeMarket {
  /** Of the prices. */
  quote: string;
  priceDecimals: number;
  unitDecimals: number;
}

/** What we use of an exchange. */
export interface Exchange {
  /** Errors (exit usage): market/unknown-symbol with the nearest. */
  market(symbol: string): Promise<ExchangeMarket>;
  /** Errors (exit usage): market/no-timeframe. */
  requireTimeframe(timeframe: string): void;
  /** The exchange's own time, ms. */
  timeMs(): Promise<number>;
  /** Candles from `sinceMs` on, oldest first, as many as come in one answer; the last may still be forming. */
  candles(symbol: string, timeframe: string, sinceMs: number): Promise<readonly Candle[]>;
  /** What the last answer said of when to come again, in ms. */
  retryAfterMs(): number | undefined;
}

export interface ExchangeAsked {
  exchange: string;
  /** Asked in the place of the exchange's own address, e.g. http://127.0.0.1:8080. */
  endpoint?: string | undefined;
  timeoutMs: number;
  /** Called before the first request to a host; throws when it may not be reached. */
  onConnect(host: string, port: number): Promise<void>;
}

/** The part of a class of ccxt that we use. */
interface CcxtExchange {
  urls: { api: unknown };
  hostname?: string;
  has: Record<string, unknown>;
  options: Record<string, unknown>;
  timeframes?: Record<string, unknown>;
  timeout: number;
  fetchImplementation?: typeof boundedFetch;
  precisionMode: number;
  markets?: Record<string, unknown>;
  last_response_headers?: Record<string, string> | undefined;
  fetch(url: string, ...rest: unknown[]): Promise<unknown>;
  loadMarkets(): Promise<Record<string, unknown>>;
  fetchTime(): Promise<number | undefined>;
  fetchOHLCV(symbol: string, timeframe: string, sinceMs: number, limit?: number): Promise<Candle[]>;
}
type CcxtClass = new (options: object) => CcxtExchange;

const pageCandles = 1000;

/** Opens one exchange of ccxt; no request is sent yet. Errors (exit usage): market/unknown-exchange, market/no-candles, market/bad-endpoint. */
export async function openExchange(asked: ExchangeAsked): Promise<Exchange> {
  const made = new (await exchangeClass(asked.exchange))({ enableRateLimit: true, timeout: asked.timeoutMs });
  if (made.has["fetchOHLCV"] !== true) throw new AgentctlError("market/no-candles", `${asked.exchange} offers no candles`, { exit: "usage" });
  if (asked.endpoint !== undefined) made.urls.api = redirected(made.urls.api, endpointUrl(asked.endpoint), made.hostname ?? "");
  made.fetchImplementation = (url, init) => boundedFetch(url, init);
  watchRequests(made, asked);
  return {
    async market(symbol) {
      onlyKindOf(made, symbol);
      const markets = await made.loadMarkets();
      const found = Object.hasOwn(markets, symbol) ? (markets[symbol] as RawMarket) : undefined;
      if (found !== undefined) return marketOf(made, found);
      const near = nearest(symbol, Object.keys(markets));
      throw new AgentctlError("market/unknown-symbol", `${asked.exchange} has no market ${JSON.stringify(symbol)} among its ${Object.keys(markets).length}`, {
        hint: near === undefined ? "symbols are written BTC/USDT, or BTC/USDT:USDT for a perpetual" : `did you mean ${near}?`,
        exit: "usage",
      });
    },
    requireTimeframe(timeframe) {
      const known = Object.keys(made.timeframes ?? {});
      if (known.includes(timeframe)) return;
      throw new AgentctlError("market/no-timeframe", `${asked.exchange} has no candles of ${timeframe}`, { hint: `it has ${known.join(", ")}`, exit: "usage" });
    },
    async timeMs() {
      const time = made.has["fetchTime"] === true ? await made.fetchTime() : Date.parse(header(made, "date") ?? "");
      if (time !== undefined && Number.isFinite(time)) return time;
      throw new AgentctlError("market/no-time", `${asked.exchange} does not say what time it is, so it cannot be told which candles have closed`);
    },
    candles: (symbol, timeframe, sinceMs) => made.fetchOHLCV(symbol, timeframe, sinceMs, pageCandles),
    retryAfterMs: () => secondsMs(header(made, "retry-after")),
  };
}

/** Only the file of that exchange is loaded where the package lets us: all of them cost 330 ms and 100 MB. */
async function exchangeClass(name: string): Promise<CcxtClass> {
  const folder = new URL("./src/", import.meta.resolve("ccxt"));
  const names = exchangeNames(folder);
  if (!names.includes(name)) {
    const near = nearest(name, names);
    throw new AgentctlError("market/unknown-exchange", `ccxt knows no exchange ${JSON.stringify(name)}`, {
      hint: near === undefined ? `one of ${names.slice(0, 8).join(", ")}, …` : `did you mean ${near}?`,
      exit: "usage",
    });
  }
  try {
    return ((await import(new URL(`${name}.js`, folder).href)) as { default: CcxtClass }).default;
  } catch {
    const all = (await import("ccxt")).default as unknown as Record<string, CcxtClass | undefined>;
    const found = all[name];
    if (found !== undefined) return found;
    throw new AgentctlError("market/unknown-exchange", `ccxt cannot load ${name}`, { hint: "npm install" });
  }
}

function exchangeNames(folder: URL): string[] {
  return readdirSync(folder).flatMap((file) => /^([a-z][a-z0-9]*)\.js$/.exec(file)?.[1] ?? []);
}

/** Every host is asked about before it is reached, and a body that is no JSON is an error: ccxt would take its characters for candles. */
function watchRequests(made: CcxtExchange, { onConnect, timeoutMs }: ExchangeAsked): void {
  const allowed = new Map<string, Promise<void>>();
  const send = made.fetch.bind(made);
  made.fetch = async (url, ...rest) => {
    const { protocol, hostname, port, host } = new URL(url);
    let asked = allowed.get(host);
    if (asked === undefined) {
      asked = onConnect(hostname, port === "" ? (protocol === "http:" ? 80 : 443) : Number(port));
      allowed.set(host, asked);
    }
    await asked;
    const answer = await within(timeoutMs, send(url, ...rest), host);
    if (typeof answer !== "object" || answer === null) throw new BrokenAnswer(`the answer of ${host} is not whole: ${messageOf(answer).slice(0, 60)}`);
    return answer;
  };
}

/** ccxt's own time-out ends with the headers. */
async function within(timeoutMs: number, answer: Promise<unknown>, host: string): Promise<unknown> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new BrokenAnswer(`the answer of ${host} takes longer than ${timeoutMs} ms`)), timeoutMs);
  // What comes too late has nobody who waits for it.
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function endpointUrl(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "") return url;
  throw new AgentctlError("market/bad-endpoint", `${JSON.stringify(endpoint)} is no address of an exchange`, {
    hint: "--endpoint https://api.example.org",
    exit: "usage",
  });
}

/** The same paths on another server; addresses lie in ccxt's table at any depth. */
function redirected(addresses: unknown, to: URL, hostname: string): unknown {
  if (typeof addresses === "string") {
    const from = URL.parse(addresses.replaceAll("{hostname}", hostname));
    return from === null ? addresses : `${to.origin}${to.pathname.replace(/\/$/, "")}${from.pathname.replace(/\/$/, "")}`;
  }
  if (typeof addresses !== "object" || addresses === null) return addresses;
  return Object.fromEntries(Object.entries(addresses).map(([name, member]) => [name, redirected(member, to, hostname)]));
}

/** Where ccxt can be told which lists of markets to load, the one that holds the symbol is enough. */
function onlyKindOf(made: CcxtExchange, symbol: string): void {
  const kinds = made.options["fetchMarkets"] as { types?: string[] } | undefined;
  if (kinds?.types === undefined) return;
  const [, quote, settle] = /^[^/]+\/([^:]+)(?::([^-]+))?/.exec(symbol) ?? [];
  const kind = settle === undefined ? "spot" : settle === quote ? "linear" : "inverse";
  if (kinds.types.includes(kind)) kinds.types = [kind];
}

interface RawMarket {
  quote?: string;
  precision?: { price?: number; amount?: number };
}

function marketOf(made: CcxtExchange, { quote = "", precision = {} }: RawMarket): ExchangeMarket {
  return { quote, priceDecimals: decimals(made, precision.price), unitDecimals: decimals(made, precision.amount) };
}

/** ccxt counts decimals (mode 2) or gives the smallest step (mode 4). */
function decimals({ precisionMode }: CcxtExchange, precision: number | undefined): number {
  if (precision === undefined) return 8;
  if (precisionMode === 2) return precision;
  let found = 0;
  while (found < 8 && Number(precision.toFixed(found)) !== precision) found += 1;
  return found;
}

function header({ last_response_headers: headers }: CcxtExchange, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

function secondsMs(text: string | undefined): number | undefined {
  const seconds = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
