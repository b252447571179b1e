import fc from "fast-check";
import { expect, test } from "vitest";
import { sliceBars, type Bars } from "../../../src/strategy/bars.ts";
import { compileSignals } from "../../../src/strategy/compile.ts";
import { parseExpression } from "../../../src/strategy/expression/syntax.ts";
import type { SignalColumns } from "../../../src/strategy/signal-columns.ts";
import { declared } from "../declared.ts";
import { Naive } from "./naive.ts";

const dayMs = 86_400_000;

/** Days with holes, prices in whole steps so that ties are common, some volumes missing. */
const someBars = fc
  .array(
    fc.record({
      skip: fc.integer({ min: 1, max: 4 }),
      open: fc.integer({ min: 90, max: 110 }),
      close: fc.integer({ min: 90, max: 110 }),
      up: fc.nat(3),
      down: fc.nat(3),
      volume: fc.oneof(fc.nat(9), fc.constant(Number.NaN)),
    }),
    { minLength: 1, maxLength: 50 },
  )
  .map((rows): Bars => {
    let day = 10;
    const of = (pick: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, pick);
    return {
      length: rows.length,
      ts: of(({ skip }) => (day += skip) * dayMs),
      open: of(({ open }) => open),
      high: of(({ open, close, up }) => Math.max(open, close) + up),
      low: of(({ open, close, down }) => Math.min(open, close) - down),
      close: of(({ close }) => close),
      volume: of(({ volume }) => volume),
    };
  });

const rows = fc.integer({ min: 1, max: 4 });
const grammar = fc.letrec<{ number: string; column: string; condition: string }>((tie) => ({
  column: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("open", "high", "low", "close", "volume", "week.close", "week.high", "atr(2)", "week.atr(1)"),
    fc.tuple(fc.constantFrom("sma", "ema", "rsi"), tie("column"), rows).map(([name, of, n]) => `${name}(${of}, ${n})`),
    fc.tuple(fc.constantFrom("shift", "highest", "lowest", "change"), tie("column"), rows).map(([name, of, n]) => `${name}(${of}, ${n})`),
    fc.tuple(tie("column"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number")).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(tie("number"), fc.constantFrom("-", "/", "%"), tie("column")).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(fc.constantFrom("min", "max"), tie("number"), tie("column")).map(([name, a, b]) => `${name}(${a}, ${b})`),
    fc.tuple(fc.constantFrom("abs", "-", "floor", "sqrt"), tie("column")).map(([name, of]) => `${name}(${of})`),
    fc.tuple(tie("condition"), tie("number"), tie("column")).map(([when, yes, no]) => `if(${when}, ${yes}, ${no})`),
  ),
  number: fc.oneof({ depthSize: "small" }, fc.constantFrom("0", "2", "100", "0.5"), tie("column")),
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(tie("column"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("number")).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(fc.constantFrom("cross_over", "cross_under"), tie("column"), tie("number")).map(([name, a, b]) => `${name}(${a}, ${b})`),
    fc.tuple(tie("condition"), fc.constantFrom("&&", "or"), tie("condition")).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(tie("condition")).map(([of]) => `!${of}`),
    fc.tuple(tie("condition"), rows).map(([of, n]) => `shift(${of}, ${n})`),
    fc.tuple(tie("condition"), tie("condition"), fc.constantFrom("true", "false")).map(([when, yes, no]) => `if(${when}, ${yes}, ${no})`),
  ),
}));
const fits = (text: string): boolean => text.length <= 400;
const column = grammar.column.filter(fits);
const condition = grammar.condition.filter(fits);

/** What a rule answers, warm-up left out. */
function ruleOf(rule: "weight" | "enterLong", text: string, bars: Bars): { values: number[]; warmup: number } {
  const columns = compileSignals(declared({ [rule]: text }), {}, bars);
  return { values: [...(columns[rule] ?? [])], warmup: columns.warmup };
}

test("columns are what an interpreter finds that looks at one bar after the other, and warm-up ends at the first bar it can tell", () => {
  fc.assert(
    fc.property(
      someBars,
      fc.oneof(fc.tuple(fc.constant("weight" as const), column), fc.tuple(fc.constant("enterLong" as const), condition)),
      (bars, [rule, text]) => {
        const parsed = parseExpression(text);
        if ("problem" in parsed) throw new Error(parsed.problem.message);
        const naive = new Naive(bars, 7 * dayMs, dayMs);
        const expected = Array.from({ length: bars.length }, (_, row) => naive.at(parsed.syntax, row));
        const { values, warmup } = ruleOf(rule, text, bars);
        const first = expected.findIndex((value) => value !== undefined);
        expect(Math.min(warmup, bars.length)).toBe(first === -1 ? bars.length : first);
        expect(values.slice(warmup)).toEqual(expected.slice(warmup).map((value) => (rule === "weight" ? value : Number(value))));
        for (const value of values.slice(0, warmup)) expect(value).toBe(rule === "weight" ? Number.NaN : 0);
      },
    ),
    { numRuns: 800 },
  );
});

test("the signals of the first bars are the first of the signals: nothing looks ahead", () => {
  fc.assert(
    fc.property(someBars, column, condition, fc.double({ min: 0, max: 1, noNaN: true }), (bars, stop, enter, part) => {
      const length = Math.floor(part * bars.length);
      const strategy = declared({ enterLong: enter, exitLong: `!${enter}`, stop });
      const whole = compileSignals(strategy, {}, bars);
      const prefix = compileSignals(strategy, {}, sliceBars(bars, 0, length));
      for (const name of ["enterLong", "exitLong", "stop"] as const satisfies (keyof SignalColumns)[])
        expect([...prefix[name]!]).toEqual([...whole[name]!.subarray(0, length)]);
      expect(Math.min(prefix.warmup, length)).toBe(Math.min(whole.warmup, length));
    }),
    { numRuns: 400 },
  );
});
