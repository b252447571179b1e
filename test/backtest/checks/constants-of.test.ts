import { expect, test } from "vitest";
import { constantsOf } from "../../../src/backtest/checks/constants-of.ts";
import type { Strategy } from "../../../src/strategy/strategy.ts";
import { strategyOf } from "../../support/gate-subject.ts";

const declared = (rules: string): Strategy =>
  strategyOf(
    "s",
    `name: s\nabout: t\nmarkets: [m]\ntimeframe: 1d\naccount: { currency: USD, cash: 1000 }\ncosts: { taker: 0.001 }\nparameters: { n: { type: integer, default: 3 } }\n${rules}`,
  );

test("numbers become parameters, in columns and rules; names that end in digits, 0 and 1 stay", () => {
  const found = constantsOf(
    declared(
      `signals:\n  columns: { ema2: "ema(close, 12)", up: "shift(ema2, 1) * 1.5 > ema(close, n)" }\n  enterLong: up and ema2 > 0\n  exitLong: close < 1e2\n`,
    ),
  );
  expect(found?.values).toEqual({ constant_0: 12, constant_1: 1.5, constant_2: 100 });
  expect(found?.strategy.signals).toMatchObject({
    columns: { ema2: "ema(close, constant_0)", up: "shift(ema2, 1) * constant_1 > ema(close, n)" },
    rules: { enterLong: "up and ema2 > 0", exitLong: "close < constant_2" },
  });
  expect(found?.strategy.parameters).toEqual({
    n: expect.objectContaining({ default: 3 }),
    constant_0: { type: "integer", default: 12 },
    constant_1: { type: "number", default: 1.5 },
    constant_2: { type: "integer", default: 100 },
  });
});

test("a name that is taken is left alone", () => {
  const found = constantsOf(declared("signals:\n  columns: { constant_0: close * 2 }\n  enterLong: close > constant_0\n"));
  expect(found?.strategy.signals).toMatchObject({ columns: { constant_0: "close * constant__0" }, rules: { enterLong: "close > constant_0" } });
});

test("none of code, and none where there are none", () => {
  const plain = declared("signals: { enterLong: close > open, exitLong: close < open }\n");
  expect(constantsOf(plain)).toBeUndefined();
  expect(constantsOf({ ...plain, signals: { kind: "code", language: "python", file: "s.py" } })).toBeUndefined();
});
