import type { OrderAsk } from "../strategy/bar-strategy.ts";
import type { Intent } from "./backtest.ts";

/** What the intents of one backtest must fit. */
export interface IntentBounds {
  /** Distinct moments of its bars: steps are below. */
  steps: number;
  markets: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export type ReadIntents = { intents: Intent[] } | { problem: string };

/** For people; longer ones are no tags. */
const tagLengthMax = 200;
const lineBytesMax = 4096;
/** At one step: what is asked for within one call cannot be broken off. */
const perStepMax = 10_000;
/** In all: beyond any strategy's need, and few enough to hold. */
const perMomentMax = 20;
const freeMax = 50_000;

const kinds: Readonly<Record<keyof OrderAsk, "amount" | "count" | "flag" | "text" | "type">> = {
  type: "type",
  units: "amount",
  value: "amount",
  limit: "amount",
  stop: "amount",
  trail: "amount",
  stopLoss: "amount",
  takeProfit: "amount",
  trailingStop: "amount",
  reduceOnly: "flag",
  bars: "count",
  tag: "text",
};
const types = new Set<unknown>(["market", "limit", "stop", "stop-limit", "trailing"]);
const keysOf: Readonly<Record<Intent["act"], readonly string[]>> = {
  buy: ["step", "market", "act", "ask"],
  sell: ["step", "market", "act", "ask"],
  exit: ["step", "market", "act"],
  cancel: ["step", "market", "act", "order"],
};

/**
 * Intents as the container answers them: JSON, one a line, in the order of their steps. The bytes are hostile; the first thing that does not fit is the
 * problem, in words, and nothing of them is used. Whether an order makes sense is for the engine to say.
 */
export function readIntents(data: Uint8Array, { steps, markets }: IntentBounds): ReadIntents {
  const intents: Intent[] = [];
  const most = freeMax + perMomentMax * steps * markets;
  let last = 0;
  for (let from = 0; from < data.length;) {
    const end = data.indexOf(10, from);
    if (intents.length === most) return { problem: `more than ${most} orders are asked for in ${steps} steps` };
    const here = `intent ${intents.length + 1}`;
    if (end < 0) return { problem: `${here} is cut off` };
    if (end - from > lineBytesMax) return { problem: `${here} is longer than ${lineBytesMax} bytes` };
    const intent = parse(data.subarray(from, end));
    if (intent === undefined) return { problem: `${here} is not a JSON object` };
    const problem = problemOf(intent, steps, markets);
    if (problem !== undefined) return { problem: `${here} ${problem}` };
    const read = intent as unknown as Intent;
    if (read.step < last) return { problem: `${here} is of step ${read.step}, after one of step ${last}` };
    last = read.step;
    intents.push(read);
    if (intents.at(-perStepMax - 1)?.step === last) return { problem: `more than ${perStepMax} orders are asked for at step ${last}` };
    from = end + 1;
  }
  return { intents };
}

type Fields = Readonly<Record<string, unknown>>;

function parse(line: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(line));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

function problemOf(intent: Fields, steps: number, markets: number): string | undefined {
  const { step, market, act } = intent;
  if (!isCount(step) || step >= steps) return `is of step ${shown(step)}; there are ${steps}`;
  if (!isCount(market) || market >= markets) return `is of market ${shown(market)}; there are ${markets}`;
  if (act !== "buy" && act !== "sell" && act !== "exit" && act !== "cancel") return `asks to ${shown(act)}; known: buy, sell, exit, cancel`;
  const unknown = Object.keys(intent).find((key) => !keysOf[act].includes(key));
  if (unknown !== undefined) return `has the unknown key ${shown(unknown)}`;
  if (act === "cancel" && intent["order"] !== undefined && !(isCount(intent["order"]) && intent["order"] > 0)) {
    return `takes back the order ${shown(intent["order"])}`;
  }
  return act === "buy" || act === "sell" ? askProblem(intent["ask"]) : undefined;
}

function askProblem(ask: unknown): string | undefined {
  if (typeof ask !== "object" || ask === null || Array.isArray(ask)) return `asks for ${shown(ask)}, which is no order`;
  for (const [key, value] of Object.entries(ask)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key as keyof OrderAsk] : undefined;
    if (kind === undefined) return `asks with the unknown key ${shown(key)}`;
    const fits =
      (kind === "amount" && typeof value === "number" && Number.isFinite(value)) ||
      (kind === "count" && isCount(value)) ||
      (kind === "flag" && typeof value === "boolean") ||
      (kind === "type" && types.has(value)) ||
      (kind === "text" && typeof value === "string" && value.length <= tagLengthMax && value.isWellFormed());
    if (!fits) return `asks with ${key} ${shown(value)}`;
  }
  return undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
