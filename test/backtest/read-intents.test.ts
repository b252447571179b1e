import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Intent } from "../../src/backtest/backtest.ts";
import { readIntents } from "../../src/backtest/read-intents.ts";

const bounds = { steps: 10, markets: 2 };
const read = (...lines: unknown[]): ReturnType<typeof readIntents> =>
  readIntents(Buffer.from(lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("")), bounds);
const buy = (more: object): object => ({ step: 1, market: 0, act: "buy", ask: {}, ...more });

it("reads every act, with every key of an order", () => {
  const intents: Intent[] = [
    { step: 0, market: 1, act: "exit" },
    {
      step: 3,
      market: 0,
      act: "sell",
      ask: { type: "stop-limit", units: 1.5, limit: 9, stop: 10, stopLoss: 11, takeProfit: 8, trailingStop: 1, reduceOnly: false, bars: 3, tag: "größer" },
    },
    { step: 3, market: 0, act: "buy", ask: { value: 100, trail: 1, type: "trailing" } },
    { step: 3, market: 0, act: "cancel" },
    { step: 9, market: 0, act: "cancel", order: 2 },
  ];
  expect(read(...intents)).toEqual({ intents });
  expect(readIntents(new Uint8Array(0), bounds)).toEqual({ intents: [] });
});

describe("what does not fit is a problem", () => {
  it.each<[string, string, ...unknown[]]>([
    ["text", "intent 1 is not a JSON object", "buy!"],
    ["a list", "intent 1 is not a JSON object", []],
    ["null", "intent 1 is not a JSON object", null],
    ["two in a line", "intent 1 is not a JSON object", "{}{}"],
    ["no step", "intent 1 is of step nothing; there are 10", { market: 0, act: "exit" }],
    ["a step before the first", "intent 1 is of step -1; there are 10", buy({ step: -1 })],
    ["a step of the future", "intent 1 is of step 10; there are 10", buy({ step: 10 })],
    ["a step between two", "intent 1 is of step 1.5; there are 10", buy({ step: 1.5 })],
    ["a step of the past", "intent 2 is of step 1, after one of step 2", buy({ step: 2 }), buy({ step: 1 })],
    ["another market", "intent 1 is of market 2; there are 2", buy({ market: 2 })],
    ["another act", 'intent 1 asks to "steal"; known: buy, sell, exit, cancel', buy({ act: "steal" })],
    ["an unknown key", 'intent 1 has the unknown key "price"', buy({ price: 1 })],
    ["an order with an exit", 'intent 1 has the unknown key "ask"', buy({ act: "exit" })],
    ["no order", "intent 1 asks for nothing, which is no order", { step: 1, market: 0, act: "buy" }],
    ["an order that is a list", "intent 1 asks for [], which is no order", buy({ ask: [] })],
    ["NaN units, as JSON has them", "intent 1 asks with units null", buy({ ask: { units: NaN } })],
    ["infinite units", "intent 1 asks with units null", `{"step":1,"market":0,"act":"buy","ask":{"units":1e999}}`],
    ["units as text", 'intent 1 asks with units "1"', buy({ ask: { units: "1" } })],
    ["an unknown type", 'intent 1 asks with type "iceberg"', buy({ ask: { type: "iceberg" } })],
    ["half a bar", "intent 1 asks with bars 0.5", buy({ ask: { bars: 0.5 } })],
    ["a key of every object", 'intent 1 asks with the unknown key "constructor"', buy({ ask: { constructor: 1 } })],
    ["a prototype", 'intent 1 asks with the unknown key "__proto__"', `{"step":1,"market":0,"act":"buy","ask":{"__proto__":{"units":1}}}`],
    ["a tag that is a book", `intent 1 asks with tag "${"x".repeat(56)}…`, buy({ ask: { tag: "x".repeat(201) } })],
    ["half a character", 'intent 1 asks with tag "\\ud800"', `{"step":1,"market":0,"act":"buy","ask":{"tag":"\\ud800"}}`],
    ["no order to take back", "intent 1 takes back the order 0", { step: 1, market: 0, act: "cancel", order: 0 }],
    ["a line of megabytes", "intent 1 is longer than 4096 bytes", buy({ ask: { tag: "x".repeat(5000) } })],
  ])("%s", (_, problem, ...lines) => {
    expect(read(...lines)).toEqual({ problem });
  });

  it("a last line that is cut off", () => {
    expect(readIntents(Buffer.from(`${JSON.stringify(buy({}))}\n{"step":1`), bounds)).toEqual({ problem: "intent 2 is cut off" });
  });

  it("more than ten thousand at one step", () => {
    const exit = { step: 1, market: 0, act: "exit" };
    expect(read(...Array.from({ length: 10_000 }, () => exit), { ...exit, step: 2 })).toMatchObject({ intents: { length: 10_001 } });
    expect(read(...Array.from({ length: 10_001 }, () => exit))).toEqual({ problem: "more than 10000 orders are asked for at step 1" });
  });

  it("more than anybody needs in so many steps", () => {
    const lines = Array.from({ length: 50_401 }, (_, at) => ({ step: Math.floor(at / 5100), market: 0, act: "exit" }));
    expect(read(...lines.slice(1))).toMatchObject({ intents: { length: 50_400 } });
    expect(read(...lines)).toEqual({ problem: "more than 50400 orders are asked for in 10 steps" });
  });

  it("bytes that are no text", () => {
    expect(readIntents(new Uint8Array([0xff, 0xfe, 10]), bounds)).toEqual({ problem: "intent 1 is not a JSON object" });
  });
});

it("never throws, whatever the bytes are, and never answers a step or market that is not there", () => {
  const json = fc.json({ maxDepth: 2 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.array(fc.oneof(json, fc.constant(JSON.stringify(buy({}))))).map((all) => Buffer.from(`${all.join("\n")}\n`)),
      ),
      (data) => {
        const answer = readIntents(data, bounds);
        if ("intents" in answer) for (const { step, market } of answer.intents) expect(step < 10 && market < 2).toBe(true);
        else expect(answer.problem).toMatch(/^intent \d+ /);
      },
    ),
  );
});
