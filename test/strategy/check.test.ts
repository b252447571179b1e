import { expect, test } from "vitest";
import { checkStrategy } from "../../src/strategy/check.ts";
import { declaredText, readText } from "./declared.ts";

const daily = { timeframe: "1d", currency: "USD" };
const around = { dataSets: new Map([["test-data", daily]]), readme: true };

function found(rules: Record<string, unknown>, more: Record<string, unknown> = {}, among: Parameters<typeof checkStrategy>[2] = around): string[] {
  const { strategy, document, findings } = readText(declaredText({ exitLong: "close < 1", ...rules }, { timeframes: {}, ...more }));
  if (strategy === undefined || document === undefined) throw new Error(JSON.stringify(findings));
  return checkStrategy(strategy, document, among).map(({ level, rule, line, message }) => `${level} ${rule}:${line ?? ""} ${message}`);
}

const enter = { enterLong: "close > 2" };

test("nothing is said about a strategy that is in order", () => {
  expect(found(enter, { parameters: {} })).toEqual([]);
});

test.each<[what: string, more: Record<string, unknown>, said: RegExp]>([
  ["a market without data", { markets: ["test-dat"] }, /^error strategy\/no-data:4 there is no data\/test-dat\.yaml$/],
  ["a timeframe between those of the data", { timeframe: "36h" }, /^error strategy\/timeframe:\d+ 36h is no multiple of 1d, the timeframe of test-data$/],
  ["another currency", { account: { currency: "EUR" } }, /^error strategy\/currency:4 test-data is in USD, the account in EUR/],
  ["sizing by a stop that is not there", { sizing: { kind: "risk", share: 0.01 } }, /^error strategy\/no-stop:\d+ .*every entry is refused$/],
  [
    "more than the leverage allows",
    { sizing: { kind: "equity", share: 2 } },
    /^error strategy\/leverage:\d+ a position of 2 × equity exceeds the leverage of 1/,
  ],
  ["no costs", { costs: { taker: 0 } }, /^warning strategy\/no-costs:\d+ trading costs nothing here/],
  ["fills at the close", { fill: "this-close" }, /^warning strategy\/this-close:\d+ fills at the very close that it decides on/],
  ["a check that the gate does not have", { knownBad: "vibes" }, /^error strategy\/known-bad:\d+ "vibes" is no check of the gate$/],
  [
    "an unused parameter",
    { parameters: { dead: { type: "integer", default: 1, min: 1, max: 2 } } },
    /^warning strategy\/unused:\d+ the parameter dead is not used$/,
  ],
  [
    "a parameter that only a constraint reads",
    { parameters: { dead: { type: "integer", default: 1, min: 1, max: 2 } }, constraints: ["dead < 9"] },
    /the parameter dead stands in constraints only/,
  ],
  ["an unused timeframe", { timeframes: { week: "1w" } }, /^warning strategy\/unused:\d+ the timeframe week is not used$/],
])("%s", (_what, more, said) => {
  const lines = found(enter, more);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(said);
});

test("columns that nothing reads, entries that nothing closes, a range that no search knows, a page that is missing", () => {
  expect(found({ ...enter, columns: { spare: "close + 1" } })).toEqual(["warning strategy/unused:11 the column spare is not used"]);
  expect(found({ ...enter, exitLong: undefined })).toEqual([expect.stringMatching(/^warning strategy\/no-exit:\d+ what enterLong opens is never closed/)]);
  expect(found({ ...enter, exitLong: undefined }, { risk: { stopLoss: 0.1 } })).toEqual([]);
  expect(found({ enterLong: "close > level" }, { parameters: { level: { type: "number", default: 1 } } })).toEqual([
    expect.stringMatching(/^note strategy\/unbounded:\d+ level lacks min or max/),
  ]);
  expect(found(enter, {}, { ...around, readme: false })).toEqual(["warning strategy/readme: strategies/test has no README.md"]);
});

test("risk sizing is fine with a stop of either kind", () => {
  const sizing = { kind: "risk", share: 0.01 };
  expect(found(enter, { sizing, risk: { stopLoss: 0.1 } })).toEqual([]);
  expect(found({ ...enter, stopLoss: "close * 0.9" }, { sizing })).toEqual([]);
});

test("data whose file cannot be read", () => {
  expect(found(enter, {}, { dataSets: new Map([["test-data", undefined]]), readme: true })).toEqual([
    "error strategy/no-data:4 data/test-data.yaml cannot be read",
  ]);
});
