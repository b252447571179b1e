import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { GateCheck } from "../../../src/backtest/gate-check.ts";
import { askCheck, checks } from "../../../src/backtest/checks/ask-checks.ts";
import type { Subject } from "../../../src/backtest/checks/subject.ts";
import { sliceBars } from "../../../src/strategy/bars.ts";
import { strategyOf, subjectOf } from "../../support/gate-subject.ts";
import { sp500Bars } from "../../support/sp500-bars.ts";

const bars = sp500Bars();
// Where a p-value is far from its limit, few permutations show it.
const quick = { permutations: 20, resamples: 300 };

function shipped(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../strategies/${name}/strategy.yaml`, import.meta.url)), "utf8");
}

async function answers(subject: Subject, names?: readonly string[]): Promise<GateCheck[]> {
  const found: GateCheck[] = [];
  for (const check of checks) if (names === undefined || names.includes(check.name)) found.push(await askCheck(check, subject));
  return found;
}

const failed = (found: readonly GateCheck[]): string[] => found.filter(({ passed }) => !passed).map(({ check }) => check);

// What stands beside the named check are consequences of the mistake; all others pass, so the reason is the strategy's own.
test.each([
  ["bad-same-bar", ["fills", "lag", "costs"]],
  ["bad-overfit", ["permutation"]],
  ["bad-cost-blind", ["lag", "costs"]],
  ["bad-lonely-parameters", ["neighbours", "permutation", "overfitting"]],
])("%s is refused, and by what", async (name, expected) => {
  const strategy = strategyOf(name, shipped(name));
  const found = failed(await answers(subjectOf(strategy, [bars], { limits: quick })));
  expect(found).toEqual(expected);
  expect(found).toContain(strategy.knownBad);
});

test("numbers written into the rules are as lonely as parameters", async () => {
  const baked = shipped("bad-lonely-parameters")
    .replace(/^parameters:[^]*?(?=^signals:)/m, "")
    .replace("== day ", "== 27 ")
    .replace("== leave", "== 15");
  const strategy = strategyOf("bad-lonely-parameters", baked);
  expect(strategy.parameters).toEqual({});
  const [found] = await answers(subjectOf(strategy, [bars], { limits: quick }), ["neighbours"]);
  expect(found).toMatchObject({ passed: false });
  expect(found!.found).toMatch(/^Sharpe ratio 0\.\d\d; with the numbers in its rules moved, the median of 6 has -?0\.\d\d$/);
});

test("bad-never-trades passes nothing but the check of its data", async () => {
  const strategy = strategyOf("bad-never-trades", shipped("bad-never-trades"));
  const found = await answers(subjectOf(strategy, [bars], { limits: quick }));
  expect(found.filter(({ passed }) => passed).map(({ check }) => check)).toEqual(["data-health"]);
  expect(found.find(({ check }) => check === strategy.knownBad)).toMatchObject({ figure: 0, threshold: 30, found: "no trade was closed over 5086 bars" });
});

test("of the first half of the bars, the best of 1,024 pairs of averages is luck: p is 0.17", async () => {
  const text = (fast: number, slow: number): string => `
name: pairs
about: t
markets: [sp500-daily]
timeframe: 1d
account: { currency: USD, cash: 100000 }
sizing: { kind: equity, share: 1 }
costs: { taker: 0.001 }
parameters:
  fast: { type: integer, default: ${fast}, min: 5, max: 36 }
  slow: { type: integer, default: ${slow}, min: 40, max: 164, step: 4 }
signals:
  columns: { f: "sma(close, fast)", s: "sma(close, slow)" }
  enterLong: cross_over(f, s)
  exitLong: cross_under(f, s)
`;
  const half = [sliceBars(bars, 0, 2552)];
  const any = subjectOf(strategyOf("pairs", text(5, 40)), half);
  const ratios = (await any.sharpes(any.variants.grid, half)).map((ratio) => ratio ?? 0);
  expect(any.variants.grid).toHaveLength(1024);
  const best = any.variants.grid[ratios.indexOf(Math.max(...ratios))];
  expect(best).toEqual({ fast: 35, slow: 164 });
  const [found] = await answers(subjectOf(strategyOf("pairs", text(35, 164)), half, { limits: { permutations: 100 } }), ["permutation"]);
  expect(found).toMatchObject({ passed: false, threshold: 0.05 });
  expect(Math.abs(found!.figure! - 0.17)).toBeLessThan(0.06);
});
