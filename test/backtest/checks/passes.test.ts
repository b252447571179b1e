import { expect, test } from "vitest";
import { askCheck, checks } from "../../../src/backtest/checks/ask-checks.ts";
import type { Bars } from "../../../src/strategy/bars.ts";
import { strategyOf, subjectOf } from "../../support/gate-subject.ts";
import { walkBars } from "../../support/walk-bars.ts";

const trend = strategyOf(
  "trend",
  `
name: trend
about: t
markets: [made-up]
timeframe: 1d
account: { currency: USD, cash: 100000 }
sizing: { kind: equity, share: 1 }
costs: { taker: 0.0005 }
parameters:
  period: { type: integer, default: 20, min: 10, max: 40, step: 2 }
signals:
  columns: { average: "sma(close, period)" }
  enterLong: close > average
  exitLong: close < average
  enterShort: close < average
  exitShort: close > average
`,
);

async function refusing(bars: Bars, permutations: number): Promise<string[]> {
  const limits = { permutations, resamples: 300 };
  const subject = subjectOf(trend, [bars], { limits, trials: { count: 16, sharpes: [0.01, 0.03, 0.05] } });
  const failed: string[] = [];
  for (const check of checks) {
    const { passed, found } = await askCheck(check, subject);
    if (!passed) failed.push(`${check.name}: ${found}`);
  }
  return failed;
}

test.each([1, 2, 3])("an edge that is there passes every check (bars of seed %i)", async (seed) => {
  expect(await refusing(walkBars({ length: 2500, seed, trend: 0.004 }), 60)).toEqual([]);
});

test("bars without an edge pass none of twelve times", async () => {
  for (let seed = 100; seed < 112; seed += 1) expect([seed, (await refusing(walkBars({ length: 1000, seed }), 20)).length > 0]).toEqual([seed, true]);
});
