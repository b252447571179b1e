import { expect, test } from "vitest";
import { checkLimits } from "../../../src/base/gate-limits.ts";
import { askCheck, checks, failedChecks } from "../../../src/backtest/checks/ask-checks.ts";
import type { Check, Found } from "../../../src/backtest/checks/check.ts";
import { shippedLimits, strategyOf, subjectOf } from "../../support/gate-subject.ts";
import { walkBars } from "../../support/walk-bars.ts";

const text =
  "name: buy\nabout: t\nmarkets: [m]\ntimeframe: 1d\ncosts: { taker: 0.001 }\naccount: { currency: USD, cash: 1000 }\nsignals: { enterLong: close > 0, exitLong: close < 0 }\n";
const subject = subjectOf(strategyOf("buy", text), [walkBars({ length: 200, seed: 1 })]);

const check = (name: "lag" | "drawdown", found: Found | Error): Check => ({
  name,
  meaning: "m",
  ask: async () => {
    if (found instanceof Error) throw found;
    return found;
  },
});

test("there is one check for each limit, and each says what it is for", () => {
  expect(checks.map(({ name }) => name).toSorted()).toEqual(Object.keys(checkLimits).toSorted());
  for (const { meaning } of checks) expect(meaning.length).toBeGreaterThan(40);
});

test("a figure at its limit passes, on the right side of it only", async () => {
  expect(await askCheck(check("lag", { figure: 0.5, found: "f" }), subject)).toEqual({
    check: "lag",
    passed: true,
    figure: 0.5,
    relation: "≥",
    threshold: 0.5,
    found: "f",
    meaning: "m",
  });
  expect((await askCheck(check("lag", { figure: 0.499, found: "f" }), subject)).passed).toBe(false);
  expect((await askCheck(check("drawdown", { figure: 0.4, found: "f" }), subject)).passed).toBe(true);
  expect((await askCheck(check("drawdown", { figure: 0.401, found: "f" }), subject)).passed).toBe(false);
});

test.each<[string, Found | Error, Partial<{ figure: number | null; found: string }>]>([
  ["throws", new Error("boom"), { figure: null, found: "could not be asked: boom" }],
  ["has no figure", { figure: null, found: "nothing" }, { figure: null, found: "nothing" }],
  ["has a figure that is no number", { figure: Number.NaN, found: "nothing" }, { figure: null }],
  ["has an endless figure", { figure: Infinity, found: "all" }, { figure: null }],
  ["found something beside its figure", { figure: 1, found: "but", sound: false }, { figure: 1, found: "but" }],
])("a check that %s has failed", async (_what, found, expected) => {
  expect(await askCheck(check("lag", found), subject)).toMatchObject({ passed: false, ...expected });
});

test("a limit that no policy sets lets nothing pass, nor does a condition", async () => {
  const without = { ...subject, limits: { ...shippedLimits, lag: undefined, "cost-factor": undefined } };
  expect(await askCheck(check("lag", { figure: 1, found: "f" }), without)).toMatchObject({
    passed: false,
    threshold: null,
    found: "no policy sets lag, so nothing passes",
  });
  const costs = checks.find(({ name }) => name === "costs")!;
  expect(await askCheck(costs, without)).toMatchObject({ passed: false, threshold: 0.5, found: "no policy sets cost-factor, so nothing passes" });
});

test("work that has to stop is not a failed check", async () => {
  await expect(askCheck(check("lag", { figure: 1, found: "f" }), subject, AbortSignal.abort(new Error("halted")))).rejects.toThrow("halted");
});

test("a strategy that does not run fails every check", () => {
  const failed = failedChecks(shippedLimits, "it threw");
  expect(failed.map(({ passed, figure, found }) => [passed, figure, found])).toEqual(checks.map(() => [false, null, "could not be asked: it threw"]));
});
