import { expect, it } from "vitest";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { Now } from "../../src/strategy/bar-strategy.ts";
import { atImport, bars, honestPython, parameters, python, settings, tradesHonestly, typescript, walk } from "../support/code-strategy.ts";
import { describeReal } from "../support/engine.ts";

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
    expect(await typescript(code, { bars: { walk: walk(20_000) }, limits: { timeoutMs: 5000 } })).toEqual({
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
    tradesHonestly(
      await python(`print('{"ok": true}')\nimport json\njson.dumps = lambda *_: '{"kind":"columns","markets":[]}'\n${honestPython}`).then((found) => {
        expect(found).toEqual({ ok: false, outcome: "failed", why: "its answer cannot be used: it is not for the 1 markets that were asked for" });
        return python(`print('{"ok": true, "equity": 1e9}')\n${honestPython}`);
      }),
    );
  });
});
