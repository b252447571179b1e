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
import { signalStrategy } from "../../src/strategy/signal-strategy.ts";
import { codeTemplates } from "../../src/strategy/template/code.ts";
import { openCode, settings, walk, type CodeAsked } from "../support/code-strategy.ts";
import { sp500Bars } from "../support/sp500-bars.ts";
import { describeReal } from "../support/engine.ts";

const parameters = { fast: 10, slow: 30 };
const bars = sp500Bars();
const honest = codeTemplates.typescript.text;
const honestPython = codeTemplates.python.text;

/** What the honest strategy comes to, computed without a container and without its code. */
function expected(over = bars, { fast, slow } = parameters, settled = settings): ReturnType<typeof runBacktest> {
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

const typescript = (code: string, more: Partial<CodeAsked> = {}): Promise<TaskAnswer> => answer({ language: "typescript", code, ...more });
const python = (code: string, more: Partial<CodeAsked> = {}): Promise<TaskAnswer> => answer({ language: "python", code, ...more });

/** A strategy of one line, called bar by bar. */
const onBar = (body: string, top = ""): string => `${top}\nexport const strategy = { onBar(now: any) { const m = now.markets[0]; ${body} } };\n`;
/** As its import is all that is run of it. */
const atImport = (body: string): string => `import fs from "node:fs";\n${body}\nprocess.exit(0);\n`;

function trades(found: TaskAnswer): void {
  expect(found).toMatchObject({ ok: true });
  if (!found.ok) return;
  const { orders, trades, equity } = expected();
  expect(found.result.orders).toEqual(orders);
  expect(found.result.trades).toEqual(trades);
  expect(found.result.equity.equity.at(-1)).toBe(equity.equity.at(-1));
}

describeReal("an honest strategy", () => {
  it("asks for the same in TypeScript, in Python and as columns: same orders, trades, equity", async () => {
    const whole = expected();
    expect(whole.trades.length).toBeGreaterThan(50);
    for (const found of [await typescript(honest), await python(honestPython)]) {
      trades(found);
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
    const code = honest
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

/** Asks for the same orders whatever it is told of its fills. */
const turns = (now: Now): void => {
  if (now.step % 40 === 5) now.markets[0]!.buy();
  else if (now.step % 40 === 25) now.markets[0]!.sell({ reduceOnly: true });
};
const steady = `export const strategy = { onBar: ${String(turns)} };`;

describeReal("a hostile strategy in TypeScript changes nothing but what it asks for", () => {
  it.each<[string, string]>([
    [
      "prints a result",
      `console.log(JSON.stringify({ ok: true, result: { trades: [], equity: [1e9] } }));\nconsole.error('{"t":"exit","code":0}');\n${steady}`,
    ],
    [
      "writes a result beside the answer",
      `import fs from "node:fs";\nfs.writeFileSync("out/1", "{}"); fs.writeFileSync("out/result.json", '{"equity":1e9}');\n${steady}`,
    ],
    ["replaces JSON and the clock", `JSON.parse = JSON.stringify = () => '{"kind":"result"}'; Date.now = () => 0;\n${steady}`],
    ["starts processes", `import { spawn } from "node:child_process";\nfor (let i = 0; i < 200; i++) spawn("sleep", ["60"]).on("error", () => {});\n${steady}`],
  ])("%s", async (_, code) => {
    const found = await typescript(code);
    const here = runBacktest({ settings, bars: [bars], strategy: { onBar: turns }, parameters });
    expect(here.trades.length).toBeGreaterThan(100);
    expect(found).toEqual({ ok: true, result: here });
  });

  it("an engine that is patched in there makes nobody rich here", async () => {
    const patch = `import { Account } from "/work/engine/src/backtest/account.ts";
const close = Account.prototype.close;
Account.prototype.close = function (this: any, ...of: any[]) { close.apply(this, of as any); this.cash += 1e12; this.fees = 0; };
`;
    // It sees the money that it made itself, which proves that the patch works in there.
    const code = steady.replace(".buy()", ".buy({ tag: now.cash > 1e9 ? 'rich' : 'poor' })");
    const found = await typescript(patch + code);
    const here = runBacktest({ settings, bars: [bars], strategy: { onBar: turns }, parameters });
    expect(found.ok && found.result.orders.map(({ tag }) => tag).slice(0, 3)).toEqual(["poor", "", "rich"]);
    expect(found).toMatchObject({ ok: true, result: { trades: here.trades, equity: here.equity, fees: here.fees } });
  });

  it("finds neither network nor the host's files", async () => {
    const code = `import net from "node:net"; import fs from "node:fs";
const code = await new Promise((end) => net.connect(80, "1.1.1.1").on("error", (error: any) => end(error.code)).on("connect", () => end("connected")));
let write = "wrote"; try { fs.writeFileSync("/etc/x", ""); } catch (error: any) { write = error.code; }
throw new Error([code, write, fs.readdirSync("/work").join(), Object.keys(process.env).filter((name) => /TOKEN|KEY|SECRET|AGENTCTL/.test(name)).join()].join(" | "));`;
    expect(await typescript(code)).toMatchObject({
      why: expect.stringContaining("Error: ENETUNREACH | EROFS | bars,engine,job.json,out,package.json,strategies | AGENTCTL_OUT"),
    });
  });

  const forged = (lines: string): string => atImport(`fs.writeFileSync("out/0", ${lines});`);
  const head = `'{"kind":"intents","firstStep":0}\\n'`;
  it.each<[string, string, string | RegExp]>([
    ["a result", forged(`'{"kind":"result","equity":1e9}\\n'`), "its answer cannot be used: it is of no kind that is known"],
    ["columns", forged(`'{"kind":"columns","markets":[]}\\n'`), "its answer cannot be used: it is of no kind that is known"],
    ["no text", forged("Buffer.alloc(1e6)"), "its answer cannot be used: its first line is not JSON"],
    ["nothing", forged("''"), "its answer cannot be used: its first line is not JSON"],
    [
      "a first step that is not there",
      forged(`'{"kind":"intents","firstStep":1e9}\\n'`),
      "its answer cannot be used: its first step is 1000000000; there are 5105",
    ],
    ["an order of the future", forged(`${head} + '{"step":5105,"market":0,"act":"exit"}\\n'`), /intent 1 is of step 5105; there are 5105$/],
    [
      "an order of the past",
      forged(`${head} + '{"step":9,"market":0,"act":"exit"}\\n{"step":8,"market":0,"act":"exit"}\\n'`),
      /intent 2 is of step 8, after one of step 9$/,
    ],
    [
      "an order before the warm-up",
      forged(`'{"kind":"intents","firstStep":9}\\n{"step":3,"market":0,"act":"buy","ask":{}}\\n'`),
      /asks for an order at step 3, at which it was not called$/,
    ],
    ["an order of another market", forged(`${head} + '{"step":8,"market":1,"act":"exit"}\\n'`), /intent 1 is of market 1; there are 1$/],
    ["infinite units", forged(`${head} + '{"step":8,"market":0,"act":"buy","ask":{"units":1e999}}\\n'`), /intent 1 asks with units null$/],
    ["units below zero", forged(`${head} + '{"step":8,"market":0,"act":"buy","ask":{"units":-5}}\\n'`), /^backtest\/bad-order: /],
    [
      "a failure without end",
      forged(`JSON.stringify({ kind: "failure", why: "x".repeat(1e6) }) + "\\n"`),
      "its answer cannot be used: its first line is not JSON",
    ],
    ["a link", atImport(`fs.symlinkSync("/etc/passwd", "out/0");`), "it ended without an answer (exit code 0): 0: a link"],
    [
      "a sparse file of 10 GB",
      atImport(`fs.writeFileSync("out/0", ""); fs.truncateSync("out/0", 10 * 2 ** 30);`),
      /^it ended without an answer \(exit code 0\): 0: too large/,
    ],
    [
      "orders until the disk is full",
      atImport(
        `const f = fs.openSync("out/0", "a"); const line = '{"step":8,"market":0,"act":"exit"}\\n'.repeat(20000);\ntry { for (;;) fs.writeSync(f, line); } catch {}`,
      ),
      /its answer cannot be used|ended without an answer/,
    ],
  ])("answers with %s", async (_, code, why) => {
    expect(await typescript(code)).toEqual({ ok: false, outcome: "failed", why: typeof why === "string" ? why : expect.stringMatching(why) });
  });

  it("orders that take the host too long to trade end like a loop", async () => {
    const code = atImport(`const line = (step: number) => JSON.stringify({ step, market: 0, act: "buy", ask: { type: "limit", units: 1, limit: 1 } }) + "\\n";
fs.writeFileSync("out/0", ${head} + [...Array(30).keys()].map((step) => line(step).repeat(9000)).join(""));`);
    expect(await typescript(code, { bars: { walk: walk(20_000) }, limits: { timeoutMs: 2000 } })).toEqual({
      ok: false,
      outcome: "timeout",
      why: "the orders that it asked for take too long to trade",
    });
  });
});

describeReal("a broken or hostile strategy in Python", () => {
  const signals = (body: string): string => `import numpy as np\ndef signals(bars, parameters):\n    n = len(bars)\n    ${body}\n`;
  it.each<[string, string, string | RegExp]>([
    ["raises", signals("return {}[1]"), "strategies/tried/signals.py:4: KeyError: 1"],
    ["has a syntax error", "def signals(:\n", /^strategies\/tried\/signals\.py:1: SyntaxError: /],
    ["has no signals", "def signal(bars, parameters): pass\n", "strategies/tried/signals.py has no function signals(bars, parameters)"],
    ["answers nothing", signals("pass"), "signals answered a value of type NoneType, not a dict of columns"],
    ["is a generator", signals("yield {}"), "signals answered a value of type generator, not a dict of columns"],
    ["names a column that is not there", signals("return {'enter_long': np.zeros(n)}"), `'enter_long' is no column of signals; did you mean "enterLong"?`],
    ["is a row short", signals("return {'enterLong': np.zeros(n - 1)}"), "enterLong has the shape (5104,); there are 5105 bars"],
    ["has rows of rows", signals("return {'weight': np.zeros((n, 2))}"), "weight has the shape (5105, 2); there are 5105 bars"],
    ["answers a number", signals("return {'weight': 1.0}"), "weight has the shape (); there are 5105 bars"],
    ["answers text", signals("return {'weight': ['much'] * n}"), "weight is a value of type list of <U4, not numbers"],
    ["answers objects", signals("return {'weight': np.array([print] * n)}"), "weight is a value of type ndarray of object, not numbers"],
    ["answers a pickle", signals("import pickle; return pickle.dumps({})"), "signals answered a value of type bytes, not a dict of columns"],
    ["has flags between true and false", signals("return {'exitLong': np.full(n, 0.5)}"), "exitLong is 0.5 in row 0; true and false (1 and 0) are allowed"],
    ["has NaN as a flag", signals("return {'exitLong': np.full(n, np.nan)}"), "exitLong is nan in row 0; true and false (1 and 0) are allowed"],
    [
      "has infinite weights",
      signals("return {'weight': np.full(n, np.inf)}"),
      "its answer cannot be used: weight is Infinity in row 0; a finite share or NaN is allowed",
    ],
    ["asks for limit and stop", signals("return {'limit': bars.close, 'stop': bars.close}"), /limit and stop are both there/],
    ["has a warm-up below zero", signals("return {'warmup': -1}"), "warmup is -1, not a count of bars"],
    ["writes to its bars", signals("bars.close[0] = 1"), /^strategies\/tried\/signals\.py:4: ValueError: assignment destination is read-only$/],
    ["asks for another column", signals("bars.adjclose"), /AttributeError: bars have no column 'adjclose'; known: ts, open, high, low, close, volume$/],
    ["ends by itself", signals("raise SystemExit(0)"), "it ended the program (exit 0)"],
    ["ends without a word", signals("import os; os._exit(0)"), "it ended without an answer (exit code 1)"],
    ["opens a socket", signals("import socket; socket.create_connection(('1.1.1.1', 80), 1)"), /OSError: \[Errno 101\] Network is unreachable$/],
    ["prints without end", signals("[print('x' * 1000000) for _ in range(1000)]"), "it printed more than 1048576 bytes (limits.outputBytes)"],
    [
      "answers intents",
      signals(`open('out/0', 'w').write('{"kind":"intents","firstStep":0}\\n'); import os; os._exit(0)`),
      "its answer cannot be used: it is of no kind that is known",
    ],
    [
      "answers more bytes than columns",
      signals(`open('out/0', 'w').write('{"kind":"columns","markets":[{"warmup":0,"columns":[]}]}\\nx'); import os; os._exit(0)`),
      "its answer cannot be used: 1 bytes too many",
    ],
    [
      "answers for no market",
      signals(`open('out/0', 'w').write('{"kind":"columns","markets":[null]}\\n'); import os; os._exit(0)`),
      "its answer cannot be used: the names of its columns are no list",
    ],
  ])("%s", async (_, code, why) => {
    expect(await python(code)).toEqual({ ok: false, outcome: "failed", why: typeof why === "string" ? why : expect.stringMatching(why) });
  });

  it("goes on for ever, or takes all memory", async () => {
    expect(await python(signals("while True: pass"), { limits: { timeoutMs: 1500 } })).toMatchObject({ ok: false, outcome: "timeout" });
    expect(await python(signals("return np.ones(10 << 27)"))).toMatchObject({ ok: false, outcome: "oom" });
  });

  it("a weight of NaN leaves the position as it is", async () => {
    const found = await python(signals("w = np.full(n, np.nan); w[3] = 1; w[100] = 0; return {'weight': w}"));
    expect(found).toMatchObject({
      ok: true,
      result: {
        orders: [
          { askedIndex: 3, side: "buy" },
          { askedIndex: 100, side: "sell" },
        ],
      },
    });
  });

  it("is the same every time: chance is seeded", async () => {
    const code = signals("return {'enterLong': np.random.rand(n) > 0.9, 'exitLong': np.random.rand(n) > 0.9}");
    const [first, second] = [await python(code), await python(code)];
    expect(first).toMatchObject({ ok: true });
    expect(second).toEqual(first);
  });

  it("what it prints and patches changes nothing", async () => {
    trades(
      await python(`print('{"ok": true}')\nimport json\njson.dumps = lambda *_: '{"kind":"columns","markets":[]}'\n${honestPython}`).then((found) => {
        expect(found).toEqual({ ok: false, outcome: "failed", why: "its answer cannot be used: it is not for the 1 markets that were asked for" });
        return python(`print('{"ok": true, "equity": 1e9}')\n${honestPython}`);
      }),
    );
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
      await vi.waitFor(async () => expect(await engine.docker.listContainers(mine)).toHaveLength(1), { timeout: 10_000, interval: 100 });
      source.stop.abort(new Error("halted"));
      await expect(work).rejects.toThrow("halted");
      await expect(source.run([{ parameters }])).rejects.toThrow("halted");
    } finally {
      await source.close();
    }
  });
});
