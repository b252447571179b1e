import { expect, it, vi } from "vitest";
import { settingsOf } from "../../src/backtest/settings.ts";
import type { DataSet } from "../../src/market/data-set.ts";
import { scopeOf } from "../../src/operations/scope.ts";
import { connectEngine } from "../../src/runner/engine.ts";
import { labels } from "../../src/runner/owner.ts";
import { declaredSource } from "../../src/operations/declared-source.ts";
import { readStrategy } from "../../src/strategy/read-strategy.ts";
import type { Strategy } from "../../src/strategy/strategy.ts";
import { newStrategy, type NewKind } from "../../src/strategy/template/new-strategy.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { TaskAnswer } from "../../src/operations/strategy-source.ts";
import type { Now } from "../../src/strategy/bar-strategy.ts";
import { sliceBars } from "../../src/strategy/bars.ts";
import {
  bars,
  expected,
  honestPython,
  honestTypescript,
  onBar,
  openCode,
  parameters,
  python,
  settings,
  tradesHonestly,
  typescript,
  walk,
} from "../support/code-strategy.ts";
import { describeReal } from "../support/engine.ts";

describeReal("an honest strategy", () => {
  it("asks for the same in TypeScript, in Python and as columns: same orders, trades, equity", async () => {
    const whole = expected();
    expect(whole.trades.length).toBeGreaterThan(50);
    for (const found of [await typescript(honestTypescript), await python(honestPython)]) {
      tradesHonestly(found);
      if (found.ok) expect(found.result.trades.length).toBe(whole.trades.length);
    }
  });

  it("the three kinds that `strategy new` writes ask for the same: identical orders, trades and equity", async () => {
    const made = (kind: NewKind): { strategy: Strategy; code: string } => {
      const files = newStrategy("tried", kind, { name: "sp500-daily", timeframe: "1d", currency: "USD" });
      const { strategy } = readStrategy(
        "tried",
        files.map(({ path, text }) => ({ path: `tried/${path}`, text })),
      );
      return { strategy: strategy!, code: files[1]!.text };
    };
    const { strategy } = made("declared");
    const settled = settingsOf(strategy, settings.instruments, settings.timeframeMs);
    const source = declaredSource({ strategy, data: [{ set: {} as DataSet, bars }], settings: settled }, { stop: new AbortController().signal });
    for (const given of [parameters, { fast: 5, slow: 200 }]) {
      const [declared] = await source.run([{ parameters: given }]);
      expect(declared?.ok && declared.result.trades.length).toBeGreaterThan(10);
      for (const kind of ["typescript", "python"] as const) {
        const coded = await openCode({ language: kind, code: made(kind).code });
        const [found] = await coded.run([{ parameters: given, settings: settled }]).finally(() => coded.close());
        expect(found).toEqual(declared);
      }
    }
  });

  it("sees its own fills: what it asks for may depend on cash, position and entry price", async () => {
    const dips = (now: Now): void => {
      const m = now.markets[0]!;
      if (m.position === 0 && now.step % 7 === 0) m.buy({ units: Math.floor(now.cash / m.close / 3) + 1 });
      else if (m.position > 0 && (m.close > m.entryPrice * 1.02 || m.close < m.entryPrice * 0.97)) m.exit();
    };
    const found = await typescript(`export const strategy = { onBar: ${String(dips)} };`);
    expect(found).toMatchObject({ ok: true });
    if (!found.ok) return;
    const here = runBacktest({ settings, bars: [bars], strategy: { onBar: dips }, parameters });
    expect(found.result.trades.length).toBeGreaterThan(100);
    expect(found.result).toEqual(here);
  });

  it("imports files of its own, and those that it includes", async () => {
    const files = { "tried/signals/cross.ts": `export { period } from "../../shared/period.ts";\n`, "shared/period.ts": "export const period: number = 3;\n" };
    const code = `import { period } from "./signals/cross.ts";\n${onBar("if (now.step === period) m.buy({ units: 1, tag: 'größer' });")}`;
    const found = await typescript(code, { files });
    expect(found).toMatchObject({ ok: true, result: { orders: [{ askedIndex: 3, units: 1, tag: "größer", state: "filled" }] } });
    const helper = { "tried/helper.py": "ROW = 5\n" };
    const row = "import helper, numpy as np\ndef signals(bars, parameters):\n  return {'enterLong': np.arange(len(bars)) == helper.ROW}\n";
    expect(await python(row, { files: helper })).toMatchObject({ ok: true, result: { orders: [{ askedIndex: 5 }] } });
  });

  it("many tasks: bars, settings and parameters of each; nothing is left from one to the next; an endless one ends alone", async () => {
    const state = "let runs = 0;\n";
    const code = honestTypescript
      .replace("export function", `${state}export function`)
      .replace(
        "  let fast: Series;",
        `  runs += 1;\n  if (runs > 1) throw new Error("leaked");\n  if (parameters["fast"] === 7) for (;;);\n  let fast: Series;`,
      );
    const source = await openCode({ language: "typescript", code, limits: { timeoutMs: 4000 } });
    try {
      const half = [sliceBars(bars, 0, 2500)];
      const dear = { ...source.ready.settings, costs: { ...settings.costs, taker: 0.01 } };
      const told: number[] = [];
      const found = await source.run(
        [
          { parameters },
          { parameters: { fast: 5, slow: 20 }, bars: half },
          { parameters: { fast: 7, slow: 30 } },
          { parameters, settings: dear },
          { parameters },
        ],
        { onAnswer: (number) => told.push(number) },
      );
      expect(found.map((each) => (each.ok ? "ok" : each.outcome))).toEqual(["ok", "ok", "timeout", "ok", "ok"]);
      expect(told.toSorted()).toEqual([0, 1, 2, 3, 4]);
      const last = (each: TaskAnswer | undefined): number | undefined => (each?.ok ? each.result.equity.equity.at(-1) : undefined);
      expect(last(found[0])).toBe(expected().equity.equity.at(-1));
      expect(last(found[1])).toBe(expected(half[0], { fast: 5, slow: 20 }).equity.equity.at(-1));
      expect(last(found[3])).toBe(expected(bars, parameters, dear).equity.equity.at(-1));
      expect(last(found[4])).toBe(last(found[0]));
    } finally {
      await source.close();
    }
  });

  it("isolated: each task in a container of its own, with its own bars and no others", async () => {
    const code = atImportListing;
    const source = await openCode({ language: "typescript", code });
    try {
      const tasks = [100, 200, 300].map((length) => ({ parameters, bars: [sliceBars(bars, 0, length)] }));
      const found = await source.run(tasks, { isolated: true });
      expect(found).toMatchObject([100, 200, 300].map((length) => ({ ok: false, why: expect.stringContaining(`Error: 0: ${length * 48}`) })));
    } finally {
      await source.close();
    }
  });

  it("several markets, by name", async () => {
    const two = { first: walk(300, 1), second: walk(300, 2) };
    const code =
      "import numpy as np\ndef signals(bars, parameters):\n  other = bars.markets['second']\n  return {'enterLong': (other.close > other.open) & (np.arange(len(bars)) == parameters['row']) & (bars.name == 'first')}\n";
    const row = two.second.close.findIndex((close, at) => close > two.second.open[at]!);
    const source = await openCode({ language: "python", code, bars: two });
    const [found] = await source.run([{ parameters: { row } }]).finally(() => source.close());
    expect(found).toMatchObject({ ok: true, result: { orders: [{ market: 0, askedIndex: row }] } });
  });

  it("a million bars", async () => {
    const long = walk(1_000_000);
    const source = await openCode({
      language: "typescript",
      code: onBar("if (now.step % 1000 === 10) { if (m.position === 0) m.buy(); else m.exit(); }"),
      bars: { walk: long },
    });
    const [found] = await source.run([{ parameters }]).finally(() => source.close());
    expect(found).toMatchObject({ ok: true, result: { bars: 1_000_000 } });
  });
});

const atImportListing = `import fs from "node:fs";
const found = fs.readdirSync("bars").map((name) => name + ": " + fs.statSync("bars/" + name).size);
throw new Error(found.join(", "));
`;

describeReal("a broken strategy in TypeScript fails with its own words", () => {
  it.each<[string, string, string | RegExp]>([
    [
      "throws",
      onBar("if (now.step === 5) (null as any).x;"),
      "strategies/tried/strategy.ts:2: TypeError: Cannot read properties of null (reading 'x') (bar 5, closed 2000-01-11T00:00:00.000Z)",
    ],
    ["throws at its import", "throw new RangeError('no');", "strategies/tried/strategy.ts:1: RangeError: no"],
    ["throws what is no error", onBar("throw 'stop';"), /^threw stop \(bar 0/],
    ["has a syntax error", "export const a = 1;\nconst b: number = ;\n", /^strategies\/tried\/strategy\.ts:2: .*Expression expected/],
    ["uses what has no meaning without types", "export enum A { B }\n", /^strategies\/tried\/strategy\.ts:1: .*enum is not supported/],
    ["exports nothing", "const strategy = 1;\n", 'strategies/tried/strategy.ts does not export "strategy"; it exports nothing'],
    [
      "exports something else",
      "export const strategies = 1;\nexport default 2;",
      /does not export "strategy"; it exports (default, strategies|strategies, default)$/,
    ],
    ["exports no strategy", "export const strategy = { onbar() {} };", "the strategy that strategies/tried/strategy.ts exports has no function onBar"],
    ["is made asynchronously", "export async function strategy() { return { onBar() {} }; }", /makes its strategy asynchronously; the engine does not wait$/],
    ["is asynchronous", "export const strategy = { async onBar() {} };", /^onBar is asynchronous; the engine does not wait \(bar 0/],
    ["imports the types as values", 'import { BarStrategy } from "agentctl/strategy";', /^agentctl is not in the container: its types come with "import type"/],
    ["imports what is not there", 'import { a } from "./a.ts";', /Cannot find module .*a\.ts/],
    ["asks for NaN units", onBar("m.buy({ units: NaN });"), /^strategies\/tried\/strategy\.ts:2: backtest\/bad-order: /],
    [
      "asks for the future",
      "let s: any;\nexport const strategy = { start(setup: any) { s = setup.indicator(0, 'sma', { period: 3 }); }, onBar() { s.ago(-1); } };",
      /^strategies\/tried\/strategy\.ts:2: strategy\/future: /,
    ],
  ])("%s", async (_, code, why) => {
    expect(await typescript(code)).toEqual({ ok: false, outcome: "failed", why: typeof why === "string" ? why : expect.stringMatching(why) });
  });

  it("ends by itself, is killed, or prints without end", async () => {
    const failed = (why: unknown): unknown => ({ ok: false, outcome: "failed", why });
    expect(await typescript("process.exit(0);")).toEqual(failed("it ended without an answer (exit code 0)"));
    expect(await typescript(onBar("process.exit(3);"))).toEqual(failed("it ended without an answer (exit code 3)"));
    expect(await typescript(onBar('process.kill(process.pid, "SIGKILL");'))).toEqual(failed(expect.stringMatching(/^it ended without an answer/)));
    expect(await typescript(onBar('for (;;) fs.writeSync(1, "x".repeat(1 << 16));', 'import fs from "node:fs";'))).toEqual(
      failed("it printed more than 1048576 bytes (limits.outputBytes)"),
    );
  });

  it("goes on for ever, or takes all memory", async () => {
    expect(await typescript(onBar("for (;;);"), { limits: { timeoutMs: 1500 } })).toEqual({
      ok: false,
      outcome: "timeout",
      why: "it did not end within 1500 ms (limits.timeoutMs)",
    });
    const oom = { ok: false, outcome: "oom", why: "it used more than 64 MiB of memory (limits.memoryMiB)" };
    const few = { limits: { memoryMiB: 64 } };
    expect(await typescript(onBar("k.push(new Uint8Array(1 << 26).fill(1));", "const k: any[] = [];"), few)).toEqual(oom);
    expect(await typescript(onBar("for (;;) k.push([1]);", "const k: any[] = [];"), few)).toEqual(oom);
    expect(await typescript(onBar("for (;;) m.buy({ units: 1 });"), few)).toEqual(oom);
  });
});

describeReal("a halt", () => {
  it("stops a strategy at work, and nothing starts after it", async () => {
    const source = await openCode({ language: "typescript", code: onBar("for (;;);") });
    try {
      const engine = await connectEngine();
      const mine = { all: true, filters: { label: [`${labels.scope}=${scopeOf(source.ready.stateDir)}`] } };
      const work = source.run([{ parameters }]);
      work.catch(() => undefined);
      await vi.waitFor(async () => expect(await engine.docker.listContainers(mine)).toHaveLength(1), { timeout: 60_000, interval: 100 });
      source.stop.abort(new Error("halted"));
      await expect(work).rejects.toThrow("halted");
      await expect(source.run([{ parameters }])).rejects.toThrow("halted");
    } finally {
      await source.close();
    }
  });
});
