import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/base/clock.ts";
import type { Bars } from "../src/strategy/bars.ts";
import { engine, loop, walk, type Outcome } from "./reference/sma-cross.ts";
import type { BenchRow } from "./row.ts";

const length = 1_000_000;
const rounds = 25;
const here = (file: string): string => fileURLToPath(new URL(`reference/${file}`, import.meta.url));

type Timed = Outcome & { ms: number };

/** A backtest of 1e6 bars through the public interface, beside a bare loop here, one in C, numpy and pandas, where they are installed; and what it needs in memory. */
export async function bench(): Promise<BenchRow[]> {
  const bars = walk(length);
  const input = inputOf(bars);
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    const compiled = compile(folder);
    const best = { engine: Infinity, loop: Infinity, c: Infinity };
    let inC: Timed | undefined;
    for (let round = 0; round < rounds; round++) {
      best.engine = Math.min(
        best.engine,
        timeOf(() => engine(bars)),
      );
      best.loop = Math.min(
        best.loop,
        timeOf(() => loop(bars)),
      );
      if (compiled !== undefined) inC = given(compiled, [], input) as Timed;
      best.c = Math.min(best.c, inC?.ms ?? Infinity);
    }
    const result = engine(bars);
    const found = { trades: result.trades.length, equity: result.equity.equity[length - result.firstStep - 1] as number };
    const python = given("/usr/bin/python3", [here("sma_cross.py")], input) as { numpy: Timed; pandas: Timed } | undefined;
    if (python === undefined) process.stderr.write("       numpy and pandas are not installed for /usr/bin/python3: their rows are left out\n");
    const others = Object.entries({ loop: loop(bars), C: inC, numpy: python?.numpy, pandas: python?.pandas }).filter(([, other]) => other !== undefined);
    return [
      ratio(best),
      {
        name: "backtest: difference of trades and equity",
        value: Math.max(...others.map(([, other]) => difference(found, other as Outcome))),
        unit: "",
        limit: 1e-9,
        reference: `${found.trades} trades, against ${others.map(([name]) => name).join(", ")}`,
      },
      ...Object.entries(python ?? {}).map(([name, { ms }]) => ({
        name: `backtest against ${name}`,
        value: best.engine / ms,
        unit: "×",
        limit: name === "pandas" ? 2 : 4,
        reference: `${name} ${ms.toFixed(1)} ms, without orders, fills and trades`,
      })),
      { name: "memory of a backtest of 1e6 bars", value: peakMegabytes(), unit: "MB", limit: 400, reference: "peak RSS of the process, bars included" },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** At most 12 times the loop in C or 6 times the loop here: whichever is nearer, since what a machine gives to each of them differs. */
function ratio(best: { engine: number; loop: number; c: number }): BenchRow {
  const ofC = best.engine / best.c;
  const ofLoop = best.engine / best.loop;
  const byC = ofC / 12 < ofLoop / 6;
  const rate = (length / best.engine / 1000).toFixed(1);
  const inC = best.c === Infinity ? "no gcc" : `C ${best.c.toFixed(1)} ms (${ofC.toFixed(1)}×)`;
  return {
    name: `backtest of 1e6 bars against ${byC ? "C" : "a bare loop"}`,
    value: byC ? ofC : ofLoop,
    unit: "×",
    limit: byC ? 12 : 6,
    reference: `${best.engine.toFixed(1)} ms, ${rate} M bars/s; ${inC}, loop ${best.loop.toFixed(1)} ms (${ofLoop.toFixed(1)}×)`,
  };
}

function compile(folder: string): string | undefined {
  const program = join(folder, "sma-cross");
  const ended = spawnSync("gcc", ["-O3", "-march=native", "-o", program, here("sma-cross.c"), "-lm"], { encoding: "utf8" });
  return ended.status === 0 ? program : undefined;
}

/** What other programs read: rounds, length, opens, closes. Made once, so that no garbage of it is collected while the engine is timed. */
function inputOf({ open, close, length }: Bars): Buffer {
  return Buffer.concat([bytes(Float64Array.of(3, length)), bytes(open), bytes(close)]);
}

/** The answer of another program to the same bars; undefined where it cannot run. */
function given(program: string, args: readonly string[], input: Buffer): unknown {
  const ended = spawnSync(program, args, { input, encoding: "utf8" });
  return ended.status === 0 ? JSON.parse(ended.stdout) : undefined;
}

function bytes(column: Float64Array): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}

function timeOf(work: () => unknown): number {
  const started = systemClock.monotonicMs();
  work();
  return systemClock.monotonicMs() - started;
}

function difference(found: Outcome, other: Outcome): number {
  return found.trades === other.trades ? Math.abs(found.equity / other.equity - 1) : Infinity;
}

function peakMegabytes(): number {
  const ended = spawnSync(process.execPath, [here("sma-cross-memory.ts")], { encoding: "utf8" });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return Number(ended.stdout) / 1024;
}
