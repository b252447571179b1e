import { expect } from "vitest";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import type { DataSet } from "../../src/market/data-set.ts";
import { codeSource } from "../../src/operations/code-source.ts";
import { loadAuthority, type Authority } from "../../src/operations/load-authority.ts";
import type { ReadyStrategy, SourceRun, StrategySource, TaskAnswer } from "../../src/operations/strategy-source.ts";
import { barsOf, type Bars } from "../../src/strategy/bars.ts";
import { signalStrategy } from "../../src/strategy/signal-strategy.ts";
import type { Strategy } from "../../src/strategy/strategy.ts";
import { codeTemplates } from "../../src/strategy/template/code.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import { sp500Bars } from "./sp500-bars.ts";
import { workspace } from "./workspace.ts";

/** A random walk, the same for the same length: minute bars. */
export function walk(length: number, seed = 1): Bars {
  const bars = barsOf(length, () => new Float64Array(length));
  let state = seed;
  let price = 1000;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const next = price * (1 + (state / 2 ** 32 - 0.5) * 0.004);
    bars.ts[index] = 1_600_000_000_000 + index * 60_000;
    bars.open[index] = price;
    bars.close[index] = next;
    bars.high[index] = Math.max(price, next) * 1.0005;
    bars.low[index] = Math.min(price, next) * 0.9995;
    bars.volume[index] = 1000;
    price = next;
  }
  return bars;
}

/** What strategies are tried with unless they say otherwise. */
export const settings: BacktestSettings = {
  instruments: [{ name: "sp500-daily", priceDecimals: 2, unitDecimals: 4 }],
  sizing: { kind: "equity", share: 1 },
  account: { currency: "USD", cash: 100_000, decimals: 2 },
  costs: { taker: 0.001, maker: 0.001, fixed: 0, spread: 0.0002, slippage: { model: "share", share: 0.0002 }, borrow: 0 },
  risk: { leverage: 1 },
  fill: "next-open",
  warmup: 0,
  timeframeMs: 86_400_000,
  lagBars: 0,
};

export interface CodeAsked {
  language: "typescript" | "python";
  code: string;
  /** Other files, relative to strategies/. */
  files?: Readonly<Record<string, string>>;
  /** By name of the market. */
  bars?: Readonly<Record<string, Bars>>;
  /** As in agentctl.yaml. */
  limits?: Readonly<Record<string, number>>;
}

const authorities = new Map<string, Promise<Authority>>();

/** One workspace for each set of limits. */
function authorityWith(limits: Readonly<Record<string, number>>): Promise<Authority> {
  const text = Object.keys(limits).length === 0 ? "" : `limits: ${JSON.stringify(limits)}\n`;
  const authority = authorities.get(text) ?? loadAuthority(workspace({ "agentctl.yaml": text }).dir, process.env);
  authorities.set(text, authority);
  return authority;
}

/** A strategy in code, made ready, and its source; `close` it. */
export async function openCode(asked: CodeAsked): Promise<StrategySource & { ready: ReadyStrategy; stop: AbortController }> {
  const { language, code, files = {}, bars = { "sp500-daily": sp500Bars() }, limits = {} } = asked;
  const authority = await authorityWith(limits);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const file = language === "python" ? "signals.py" : "strategy.ts";
  const names = Object.keys(bars);
  const strategy: Strategy = {
    name: "tried",
    about: "Tried.",
    markets: names,
    timeframe: "1d",
    timeframes: {},
    parameters: {},
    constraints: [],
    signals: { kind: "code", language, file },
    sizing: settings.sizing,
    account: settings.account,
    costs: settings.costs,
    risk: settings.risk,
    fill: "next-open",
    warmup: 0,
    gates: {},
    include: [],
  };
  const ready: ReadyStrategy = {
    strategy,
    files: [{ path: `tried/${file}`, text: code }, ...Object.entries(files).map(([path, text]) => ({ path, text }))],
    digest: "0".repeat(64),
    committed: false,
    data: Object.entries(bars).map(([name, each]) => ({ set: { name } as DataSet, bars: each })),
    settings: { ...settings, instruments: names.map((name) => ({ name, priceDecimals: 2, unitDecimals: 4 })) },
    authority,
    stateDir,
  };
  const stop = new AbortController();
  const open: SourceRun = { run: "r-test", stateDir, recorder: { append: async () => undefined } as unknown as SourceRun["recorder"], stop: stop.signal };
  const source = await codeSource(ready, open, process.env);
  return { ...source, ready, stop };
}

export const parameters = { fast: 10, slow: 30 };
export const bars = sp500Bars();
export const honestTypescript = codeTemplates.typescript.text;
export const honestPython = codeTemplates.python.text;

/** What the honest strategy comes to, computed without a container and without its code. */
export function expected(over = bars, { fast, slow } = parameters, settled = settings): ReturnType<typeof runBacktest> {
  const average = (period: number): number[] =>
    [...over.close.keys()].map((at) => (at + 1 < period ? NaN : over.close.subarray(at + 1 - period, at + 1).reduce((sum, price) => sum + price) / period));
  const [f, s] = [average(fast), average(slow)];
  const cross = (sign: number): Uint8Array => Uint8Array.from(f, (_, at) => Number(sign * (f[at]! - s[at]!) > 0 && sign * (f[at - 1]! - s[at - 1]!) <= 0));
  const none = new Uint8Array(over.length);
  const columns = { enterLong: cross(1), exitLong: cross(-1), enterShort: none, exitShort: none, warmup: Math.max(fast, slow) };
  return runBacktest({ settings: settled, bars: [over], strategy: signalStrategy([columns]), parameters });
}

async function answer(asked: CodeAsked): Promise<TaskAnswer> {
  const source = await openCode(asked);
  try {
    return (await source.run([{ parameters }]))[0]!;
  } finally {
    await source.close();
  }
}

export const typescript = (code: string, more: Partial<CodeAsked> = {}): Promise<TaskAnswer> => answer({ language: "typescript", code, ...more });
export const python = (code: string, more: Partial<CodeAsked> = {}): Promise<TaskAnswer> => answer({ language: "python", code, ...more });

/** A strategy of one line, called bar by bar. */
export const onBar = (body: string, top = ""): string => `${top}\nexport const strategy = { onBar(now: any) { const m = now.markets[0]; ${body} } };\n`;
/** As its import is all that is run of it. */
export const atImport = (body: string): string => `import fs from "node:fs";\n${body}\nprocess.exit(0);\n`;

/** It came to what the honest strategy comes to. */
export function tradesHonestly(found: TaskAnswer): void {
  expect(found).toMatchObject({ ok: true });
  if (!found.ok) return;
  const { orders, trades, equity } = expected();
  expect(found.result.orders).toEqual(orders);
  expect(found.result.trades).toEqual(trades);
  expect(found.result.equity.equity.at(-1)).toBe(equity.equity.at(-1));
}
