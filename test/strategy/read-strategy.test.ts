import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { readStrategy } from "../../src/strategy/read-strategy.ts";
import { declaredText, readText } from "./declared.ts";

const example = `name: test
about: Long while the fast average is above the slow one.
markets: [test-data]
timeframe: 1d
timeframes: { week: 1w }
parameters:
  fast: { type: integer, default: 10, min: 2, max: 60 }
  slow: { type: integer, default: 30, min: 10, max: 250, step: 10 }
  mode: { type: choice, default: plain, values: [plain, strict] }
constraints: ["fast < slow"]
signals:
  columns: { f: "sma(close, fast)", s: "sma(close, slow)", up: "close > sma(week.close, 20)" }
  enterLong: cross_over(f, s) and (mode == "plain" or up)
  exitLong: cross_under(f, s)
costs: { taker: 0.001, slippage: { model: share, share: 0.0002 } }
risk: { stopLoss: 0.1 }
`;

test("what was left out is filled in", () => {
  const { strategy, findings } = readText(example);
  expect(findings).toEqual([]);
  expect(strategy).toMatchObject({
    sizing: { kind: "equity", share: 1 },
    account: { currency: "USD", cash: 100_000, decimals: 2 },
    costs: { taker: 0.001, maker: 0.001, fixed: 0, spread: 0, borrow: 0, slippage: { model: "share", share: 0.0002 } },
    risk: { leverage: 1, stopLoss: 0.1 },
    fill: "next-open",
    warmup: 0,
    include: [],
    signals: { kind: "declared", rules: { exitLong: "cross_under(f, s)" } },
  });
});

test.each<[what: string, from: string, to: string, finding: object]>([
  ["a misspelt key", "stopLoss: 0.1", "stopLos: 0.1", { rule: "strategy/schema", line: 16, column: 9, hint: 'did you mean "stopLoss"?' }],
  [
    "the name of another folder",
    "name: test",
    "name: other",
    { rule: "strategy/name", line: 1, column: 7, message: 'the strategy in strategies/test is named "other"' },
  ],
  [
    "an unknown function",
    "cross_over(f, s)",
    "cros_over(f, s)",
    { rule: "strategy/expression", line: 13, column: 14, message: 'enterLong: unknown function "cros_over"', hint: 'did you mean "cross_over"?' },
  ],
  ["an unknown name in a column", "sma(close, fast)", "sma(close, fst)", { line: 12, message: 'columns.f: unknown name "fst"', hint: 'did you mean "fast"?' }],
  [
    "an unknown timeframe",
    "week.close",
    "month.close",
    { message: 'columns.up: unknown timeframe "month"', hint: "timeframes: { week: 1w } makes week.close" },
  ],
  ["a column that is declared below", 'f: "sma(close, fast)"', 'f: "s + 1"', { message: 'columns.f: "s" stands further down' }],
  ["arguments without a comma", "sma(close, fast)", "sma(close fast)", { line: 12, message: "columns.f: has nothing between close and fast" }],
  ["a timeframe that there is not", "timeframe: 1d", "timeframe: 1y", { hint: "e.g. 15m, 1h, 1d, 1w" }],
  ["the bar after", "cross_under(f, s)", "shift(close, -1) < close", { rule: "strategy/setting", message: /^shift\(\) of -1 bars asks for the future/ }],
  [
    "a bar after, for some parameters",
    "cross_under(f, s)",
    "shift(close, fast - 5) < close",
    { rule: "strategy/setting", message: /shift\(\) of -3 bars asks for the future, when fast 2/ },
  ],
  [
    "a shift by a column",
    "cross_under(f, s)",
    "shift(close, volume) < close",
    { message: /exitLong: shift\(\) by a column of bars asks for the future, or may/ },
  ],
  ["a condition where a number is taken", "cross_under(f, s)", "up + 1 > 0", { message: "exitLong: + takes numbers, found a condition" }],
  [
    "a number where a condition is taken",
    "cross_under(f, s)",
    "close",
    { message: "exitLong: is a column, not a condition", hint: "compare it with something, e.g. x > 0" },
  ],
  ["a chain of comparisons", "cross_under(f, s)", "f < s < close", { message: "exitLong: < takes numbers, found a condition" }],
  ["too few arguments", "cross_under(f, s)", "cross_under(f)", { message: "exitLong: cross_under() takes 2, found 1", hint: "write cross_under(a, b)" }],
  ["too many settings", "cross_under(f, s)", "sma(close, 1, 2) > 0", { message: "exitLong: sma() has 1 settings, found 2" }],
  ["an indicator without its column", "cross_under(f, s)", "sma(20) > 0", { message: "exitLong: sma() reads a column first, found a number" }],
  ["a crossing of constants", "cross_under(f, s)", "cross_over(1, fast)", { message: "exitLong: cross_over() of a constant" }],
  ["a text compared with a number", "cross_under(f, s)", "mode == 1", { message: "exitLong: == compares a text with a number" }],
  ["a period of zero", "cross_under(f, s)", "sma(close, fast - 10) > 0", { rule: "strategy/setting", message: /period is to be 1 to 100000, not 0/ }],
  ["an assignment", "cross_under(f, s)", "f = s", { message: /^exitLong: cannot be read/, hint: "compare with ==" }],
  ["an index", "cross_under(f, s)", "close[1] > 0", { hint: "shift(close, 1) is the close of the bar before" }],
  ["a constructor", "cross_under(f, s)", "constructor(1)", { message: 'exitLong: unknown function "constructor"' }],
  ["a prototype", "cross_under(f, s)", "week.__proto__ > 1", { message: 'exitLong: unknown column of week "__proto__"' }],
  ["a constraint over bars", "fast < slow", "fast < close", { message: 'constraints.0: unknown name "close"', line: 10 }],
  [
    "defaults that break a constraint",
    "default: 10, min: 2",
    "default: 40, min: 2",
    { rule: "strategy/setting", line: 10, message: "the defaults {fast:40,slow:30,mode:plain} do not meet fast < slow" },
  ],
  [
    "a default out of range",
    "default: 30, min: 10",
    "default: 30, min: 31",
    { rule: "strategy/parameter", line: 8, message: "the default of slow is 30, which is below 31" },
  ],
  ["a default that is not whole", "default: 10, min: 2", "default: 10.5, min: 2", { message: "the default of fast is 10.5, which is not whole" }],
  ["a choice without its default", "values: [plain, strict]", "values: [strict]", { message: 'the default of mode is "plain", which is none of "strict"' }],
  ["min above max", "min: 2, max: 60", "min: 61, max: 60", { message: "fast has its min 61 above its max 60" }],
  [
    "a parameter named as an indicator",
    "  mode:",
    "  sma:",
    { rule: "strategy/taken-name", line: 9, column: 3, message: '"sma" has a meaning of its own in expressions and cannot name a parameter' },
  ],
  ["one name twice", '{ f: "sma', '{ fast: "sma', { rule: "strategy/taken-name", message: '"fast" is the name of a parameter already' }],
  ["a lower timeframe", "week: 1w", "week: 1h", { rule: "strategy/timeframe", line: 5, message: "week is 1h, which is no multiple of 1d" }],
  ["both limit and stop", "  exitLong: cross_under(f, s)", "  limit: close\n  stop: close", { rule: "strategy/two-ways" }],
  [
    "a weight beside entries",
    "  exitLong: cross_under(f, s)",
    "  weight: 1",
    { rule: "strategy/two-ways", message: "weight says what the position is; enterLong would not be looked at" },
  ],
  ["signals and code", "costs:", "code: { language: python, file: a.py }\ncosts:", { rule: "strategy/two-signals", line: 15, column: 1 }],
  [
    "a slippage model without its figure",
    "model: share, share: 0.0002",
    "model: range",
    { rule: "strategy/schema", message: '"costs.slippage" lacks the key "share"' },
  ],
  ["a gate that is none", "risk:", "gates: { sharpe: 1 }\nrisk:", { rule: "strategy/schema", message: 'unknown key "sharpe" in "gates"' }],
])("refused with its place: %s", (_what, from, to, finding) => {
  expect(example).toContain(from);
  const { strategy, findings } = readText(example.replace(from, to));
  expect(strategy).toBeUndefined();
  const { message, ...rest } = finding as { message?: string | RegExp };
  expect(findings[0]).toMatchObject({ level: "error", file: "strategies/test/strategy.yaml", ...rest });
  if (message !== undefined) expect(findings[0]?.message).toMatch(typeof message === "string" ? new RegExp(`^${RegExp.escape(message)}`) : message);
});

test("every broken expression is told, not the first alone, and what uses a broken column is not broken too", () => {
  const { findings } = readText(declaredText({ columns: { a: "nothing + 1", b: "sma(a, 2)" }, enterLong: "b > 0", exitLong: "nope > 0" }));
  expect(findings.map(({ message }) => message)).toEqual(['columns.a: unknown name "nothing"', 'exitLong: unknown name "nope"']);
});

test("columns that double each other are refused before they fill the memory", () => {
  const columns = Object.fromEntries(Array.from({ length: 40 }, (_, place) => [`c${place}`, place === 0 ? "close" : `c${place - 1} + c${place - 1}`]));
  expect(readText(declaredText({ columns, weight: "c39" })).findings[0]?.message).toMatch(
    /has more than 2000 parts once the columns that it names are filled in$/,
  );
});

test("code: its file must be there, and what it includes must lie below strategies/", () => {
  const text = declaredText({}, { signals: undefined, code: { language: "python", file: "signals.py" }, include: ["../other.py"] });
  expect(readText(text).findings.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
    'strategy/include "../other.py" does not lie below strategies/',
    "strategy/code there is no strategies/test/signals.py",
  ]);
  const files = [
    { path: "test/strategy.yaml", text: text.replace("../other.py", "shared/other.py") },
    { path: "test/signals.py", text: "" },
  ];
  expect(readStrategy("test", files)).toMatchObject({ findings: [], strategy: { signals: { kind: "code", language: "python", file: "signals.py" } } });
});

test("a folder without strategy.yaml", () => {
  expect(readStrategy("test", []).findings).toMatchObject([{ rule: "strategy/no-strategy", file: "strategies/test" }]);
});

/** What of an answer should not be: a strategy beside errors, or a finding without a place. */
function faults({ strategy, findings }: ReturnType<typeof readStrategy>): unknown[] {
  const unplaced = findings.filter(
    ({ level, file, line = 0, column = 0, message }) =>
      level !== "error" || file !== "strategies/test/strategy.yaml" || line < 1 || column < 1 || message === "",
  );
  const torn = (strategy === undefined) === findings.length > 0 ? [] : ["both or neither"];
  return [...torn, ...unplaced];
}

const scraps = [
  "{",
  "}",
  "[",
  ":",
  "\n",
  "  ",
  "&a",
  "*a",
  "'",
  '"',
  "- ",
  "null",
  "1e999",
  "\u0000",
  "\u202E",
  "(",
  "shift(close,-1)",
  "#",
  "|",
  "<<: ",
  "!!js/function ",
  "week.",
  "fast",
];

test("whatever is cut out of the text or put into it: findings with a place, nothing thrown", () => {
  const edit = fc.record({ at: fc.nat(example.length), cut: fc.nat(12), put: fc.oneof(fc.constantFrom(...scraps), fc.string({ maxLength: 6 })) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      expect(faults(readText(edits.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), example)))).toEqual([]);
    }),
    { numRuns: 600 },
  );
});

test("whatever a value is replaced by: findings with a place, nothing thrown", () => {
  const whole = parse(example) as Record<string, unknown>;
  const paths = Object.entries(whole).flatMap(([key, value]) => [
    [key],
    ...(typeof value === "object" ? Object.keys(value as object).map((inner) => [key, inner]) : []),
  ]);
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>(-1, 0, 1e300, "", "__proto__", [], {})),
      ([key, inner], value) => {
        const changed = structuredClone(whole) as Record<string, Record<string, unknown>>;
        if (inner === undefined) (changed as Record<string, unknown>)[key!] = value;
        else changed[key!]![inner] = value;
        expect(faults(readText(stringify(changed)))).toEqual([]);
      },
    ),
    { numRuns: 600 },
  );
});

test("whatever stands in an expression: findings with a place, nothing thrown", () => {
  const part = fc.constantFrom(
    "close",
    "fast",
    "week",
    ".",
    "(",
    ")",
    ",",
    "+",
    "-",
    "<",
    "==",
    "and",
    "!",
    "not",
    "sma",
    "if",
    "?",
    ":",
    "[",
    "]",
    "1",
    "'a'",
    "none",
    "true",
    " ",
    "cross_over",
    "shift",
    "macd",
    "signal",
    "this",
    "`",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 14 }).map((parts) => parts.join("")),
        fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
      ),
      (text) => {
        expect(faults(readText(declaredText({ enterLong: text })))).toEqual([]);
      },
    ),
    { numRuns: 1_000 },
  );
});
