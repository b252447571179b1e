import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/base/clock.ts";
import { seeded } from "../src/base/seeded.ts";
import type { TrialBasis } from "../src/backtest/search/declared-trials.ts";
import type { Trial } from "../src/backtest/search/trial.ts";
import { settingsOf } from "../src/backtest/settings.ts";
import { trialWorkers } from "../src/operations/trial-workers.ts";
import type { Bars } from "../src/strategy/bars.ts";
import { readStrategy } from "../src/strategy/read-strategy.ts";
import type { BenchRow } from "./row.ts";

const length = 100_000;
const threads = 2;
const source = join(dirname(fileURLToPath(import.meta.url)), "reference/sweep.c");
const minuteMs = 60_000;

const declared = `
name: sweep
about: Long while the fast average is above the slow one.
markets: [bench]
timeframe: 1m
parameters:
  fast: { type: integer, default: 5, min: 5, max: 36 }
  slow: { type: integer, default: 40, min: 40, max: 164, step: 4 }
signals:
  columns: { f: "sma(close, fast)", s: "sma(close, slow)" }
  enterLong: cross_over(f, s)
  exitLong: cross_under(f, s)
sizing: { kind: units, units: 1 }
account: { currency: USD, cash: 100000, decimals: 6 }
costs: { taker: 0.001 }
`;

/** A walk of doubles, as no market has them, so that no two averages tie. */
function walk(): Bars {
  const chance = seeded(7);
  const column = (): Float64Array => new Float64Array(length);
  const bars = { length, ts: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
  let price = 100;
  for (let t = 0; t < length; t += 1) {
    bars.ts[t] = t * minuteMs;
    bars.open[t] = price;
    price *= 1 + (chance() - 0.5) * 0.004;
    bars.close[t] = price;
    bars.high[t] = Math.max(bars.open[t] as number, price);
    bars.low[t] = Math.min(bars.open[t] as number, price);
    bars.volume[t] = 1;
  }
  return bars;
}

interface Reference {
  seconds: number;
  trades: number;
  equity: number;
}

/** The same sweep as a loop in C, in one thread; undefined where there is no gcc. */
function compiled(folder: string): ((bars: Bars) => Reference) | undefined {
  const program = join(folder, "sweep");
  try {
    execFileSync("gcc", ["-O3", "-march=native", "-o", program, source], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return ({ open, close }) => {
    const input = Buffer.concat(
      [Float64Array.of(length), open, close].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    );
    return JSON.parse(execFileSync(program, ["2"], { input, encoding: "utf8" })) as Reference;
  };
}

function basisOf(bars: Bars, wholeEngine: boolean): { basis: TrialBasis; trials: Trial[] } {
  const { strategy, findings } = readStrategy("sweep", [{ path: "sweep/strategy.yaml", text: declared }]);
  if (strategy === undefined) throw new Error(JSON.stringify(findings));
  const settings = settingsOf(strategy, [{ name: "bench", priceDecimals: 8, unitDecimals: 0 }], minuteMs);
  // A brake that never takes hold is one of the things that the kernel leaves to the engine.
  const braked = { ...settings, risk: { ...settings.risk, drawdownMax: 0.999 } };
  const pairs = Array.from({ length: 1024 }, (_, index) => ({ fast: 5 + Math.floor(index / 32), slow: 40 + 4 * (index % 32) }));
  const trials = pairs.map((parameters, trial) => ({ trial, parameters, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }));
  return { basis: { strategy, settings: wholeEngine ? braked : settings, bars: [bars] }, trials };
}

interface Swept {
  seconds: number;
  trades: number;
  equity: number;
}

/** All variants in threads that have started and have tried others before: their averages are worked out in the time that is taken. */
async function sweep(bars: Bars, wholeEngine: boolean): Promise<Swept> {
  const { basis, trials } = basisOf(bars, wholeEngine);
  const workers = trialWorkers(basis, new AbortController().signal, threads);
  const found = { trades: 0, equity: 0 };
  const others = trials.slice(0, 128).map((trial) => ({ ...trial, parameters: { fast: 37 + (trial.trial % 8), slow: 200 + trial.trial } }));
  await workers.run(others, () => undefined);
  const startedMs = systemClock.monotonicMs();
  await workers.run(trials, (ends) => {
    for (const end of ends) {
      if (end.outcome !== "ok") throw new Error(end.why);
      found.trades += end.metrics["trades"] ?? 0;
      found.equity += basis.settings.account.cash * (1 + (end.metrics["totalReturn"] ?? 0));
    }
  });
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  await workers.close();
  return { seconds, ...found };
}

/** 1,024 pairs of averages over 1e5 bars, with drawdown, by regime, in two threads: declared signals through the kernel, and through the full engine. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    const inC = compiled(folder);
    if (inC === undefined) {
      process.stderr.write("bench  sweep: left out, since there is no gcc to compile the reference with\n");
      return [];
    }
    const bars = walk();
    const rounds: { c: Reference; kernel: Swept }[] = [];
    for (let round = 0; round < 3; round += 1) rounds.push({ c: inC(bars), kernel: await sweep(bars, false) });
    const engine = await sweep(bars, true);
    const c = best(rounds.map((round) => round.c));
    const kernel = best(rounds.map((round) => round.kernel));
    const against = `C -O3, 1 thread: ${c.seconds.toFixed(3)} s`;
    const agreed = (swept: Swept): string => {
      const apart = Math.abs(swept.equity - c.equity) / c.equity;
      if (swept.trades !== c.trades || apart > 1e-9) throw new Error(`${swept.trades} trades and equity ${swept.equity}; C has ${c.trades} and ${c.equity}`);
      return `${swept.seconds.toFixed(3)} s in ${threads} threads; ${swept.trades} trades, as in C`;
    };
    return [
      { name: "1,024 declared variants on 1e5 bars", value: kernel.seconds / c.seconds, unit: "× C", limit: 3, reference: `${against}; ${agreed(kernel)}` },
      { name: "the same through the full engine", value: engine.seconds / c.seconds, unit: "× C", limit: 25, reference: `${against}; ${agreed(engine)}` },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function best<T extends { seconds: number }>(found: readonly T[]): T {
  return found.reduce((a, b) => (b.seconds < a.seconds ? b : a));
}
