import { describe, expect, test } from "vitest";
import type { GateLimitName } from "../../../src/base/gate-limits.ts";
import type { GateCheck } from "../../../src/backtest/gate-check.ts";
import { askCheck, checks } from "../../../src/backtest/checks/ask-checks.ts";
import { multiplied, raised } from "../../../src/backtest/checks/costs.ts";
import { neighboursOf } from "../../../src/backtest/checks/neighbours-of.ts";
import { barReturns, lastReturns, shareLeft } from "../../../src/backtest/checks/returns.ts";
import type { Subject } from "../../../src/backtest/checks/subject.ts";
import type { BacktestResult } from "../../../src/backtest/backtest.ts";
import type { BarStrategy } from "../../../src/strategy/bar-strategy.ts";
import type { Bars } from "../../../src/strategy/bars.ts";
import type { Costs, Strategy } from "../../../src/strategy/strategy.ts";
import { strategyOf, subjectOf } from "../../support/gate-subject.ts";
import { walkBars } from "../../support/walk-bars.ts";

const bars = walkBars({ length: 600, seed: 21, trend: 0.003 });
const average = (more = ""): Strategy =>
  strategyOf(
    "average",
    `name: average\nabout: t\nmarkets: [m]\ntimeframe: 1d\ncosts: { taker: 0.001 }\naccount: { currency: USD, cash: 100000 }
signals: { enterLong: "close > sma(close, 20)", exitLong: "close < sma(close, 20)" }\n${more}`,
  );

async function ask(name: GateLimitName, subject: Subject): Promise<GateCheck> {
  return askCheck(
    checks.find((check) => check.name === name)!,
    subject,
  );
}

/** Buys and sells by a rule that sees all bars of the run, as no strategy does. */
function seeing(rule: (bars: Bars, index: number) => boolean): (bars: readonly Bars[]) => BarStrategy {
  return ([all]) => ({
    onBar({ markets: [market] }) {
      if (rule(all!, market!.index)) {
        if (market!.position === 0) market!.buy();
      } else market!.exit();
    },
  });
}

describe("look-ahead", () => {
  test("a strategy that knows the next close is caught", async () => {
    const peeking = seeing((all, index) => (all.close[index + 1] ?? 0) > all.close[index]!);
    const found = await ask("look-ahead", subjectOf(average(), [bars], { code: peeking }));
    expect(found.passed).toBe(false);
    expect(found.figure).toBeGreaterThan(100);
    expect(found.found).toMatch(/^\d+ of \d+ prefixes agree, e\.g\. the (buy|sell) asked for on 20\d\d-/);
  });

  test("so is one that knows only how many bars there are", async () => {
    const found = await ask("look-ahead", subjectOf(average(), [bars], { code: seeing((all, index) => (index + all.length) % 7 < 3) }));
    expect(found.passed).toBe(false);
  });

  test("so is one that only buys more before a rise", async () => {
    const sizing: (all: readonly Bars[]) => BarStrategy = ([all]) => ({
      onBar({ markets: [market] }) {
        const { index, position } = market!;
        if (index % 5 === 0 && position === 0) market!.buy({ units: (all!.close[index + 5] ?? 0) > all!.close[index]! ? 200 : 100 });
        else if (index % 5 === 4) market!.exit();
      },
    });
    expect((await ask("look-ahead", subjectOf(average(), [bars], { code: sizing }))).passed).toBe(false);
  });

  test("one that looks back only is not", async () => {
    const found = await ask("look-ahead", subjectOf(average(), [bars], { code: seeing((all, index) => all.close[index]! > (all.close[index - 5] ?? 0)) }));
    expect(found).toMatchObject({ passed: true, figure: 0 });
    expect(Number(/^(\d+) of \1 prefixes agree$/.exec(found.found)?.[1])).toBeGreaterThan(200);
  });
});

describe("trades", () => {
  test("one purchase sold in forty slices is one trade", async () => {
    const slicing = (): BarStrategy => ({
      onBar({ markets: [market] }) {
        if (market!.index === 100) market!.buy({ units: 400 });
        else if (market!.position > 0) market!.sell({ units: 10, reduceOnly: true });
      },
    });
    const found = await ask("trades", subjectOf(average(), [bars], { code: slicing }));
    expect(found).toMatchObject({ passed: false, figure: 1 });
    expect(found.found).toMatch(/^40 closed trades of 1 order, /);
  });
});

describe("warm-up", () => {
  test("orders that count bars from the first one depend on where the history starts", async () => {
    const found = await ask("warm-up", subjectOf(average(), [bars], { code: seeing((_, index) => index % 10 < 4) }));
    expect(found.passed).toBe(false);
    expect(found.figure).toBeGreaterThan(0.5);
  });

  test("an average does not", async () => {
    expect(await ask("warm-up", subjectOf(average(), [bars]))).toMatchObject({ passed: true, figure: 0 });
  });
});

describe("data-health", () => {
  const broken = (change: (column: Bars) => void): Bars => {
    const copy = { ...bars, ts: bars.ts.slice(), open: bars.open.slice(), high: bars.high.slice(), low: bars.low.slice(), close: bars.close.slice() };
    change(copy);
    return copy;
  };

  test.each<[string, (copy: Bars) => void]>([
    ["a high below the close", (copy) => (copy.high[9] = copy.close[9]! - 1)],
    ["a price that is no number", (copy) => (copy.open[9] = Number.NaN)],
    ["a price below zero", (copy) => (copy.low[9] = -1)],
    ["time that goes back", (copy) => (copy.ts[9] = copy.ts[7]!)],
  ])("%s", async (_what, change) => {
    const subject = { ...subjectOf(average(), [bars]), bars: [broken(change)] };
    expect((await ask("data-health", subject)).found).toBe("0 bars missing, 1 impossible, 0 standing still in m; 600 bars in all");
  });

  test("gaps of the manifest count, and a source that stands still", async () => {
    const subject = subjectOf(average(), [bars]);
    expect(await ask("data-health", { ...subject, data: [{ name: "m", missing: 12 }] })).toMatchObject({ passed: false, figure: 12 / 612 });
    const still = broken((copy) => {
      for (const column of [copy.open, copy.high, copy.low, copy.close]) column.fill(100, 200, 240);
    });
    expect((await ask("data-health", { ...subject, bars: [still] })).found).toContain("34 standing still");
  });
});

describe("costs", () => {
  const costs: Costs = { taker: 0.0001, maker: -0.0001, fixed: 1, spread: 0.0002, slippage: { model: "share", share: 0.0001 }, borrow: 0.02 };

  test("are raised to the floor, what a taker pays for sure counted together", () => {
    expect(raised(costs, 0.0005)).toEqual({ ...costs, taker: 0.0001 + (0.0005 - 0.00030000000000000003), maker: 0.0005 });
    expect(raised({ ...costs, taker: 0.01, maker: 0.002 }, 0.0005)).toEqual({ ...costs, taker: 0.01, maker: 0.002 });
    expect(raised({ ...costs, spread: 0, slippage: { model: "range", share: 0.5 } }, 0.0005).taker).toBeCloseTo(0.0005, 15);
  });

  test("are multiplied one and all", () => {
    expect(multiplied(costs, 2)).toEqual({
      taker: 0.0002,
      maker: -0.0002,
      fixed: 2,
      spread: 0.0004,
      slippage: { model: "share", share: 0.0002 },
      borrow: 0.04,
    });
    expect(multiplied({ ...costs, slippage: { model: "volume", impact: 0.1 } }, 3).slippage).toEqual({ model: "volume", impact: 0.30000000000000004 });
    expect(multiplied({ ...costs, slippage: { model: "none" } }, 3).slippage).toEqual({ model: "none" });
  });

  test("without a gain under doubled costs nothing passes, whatever the share", async () => {
    const subject = subjectOf(average("sizing: { kind: value, value: 1000 }\n"), [walkBars({ length: 600, seed: 4 })], { limits: { costs: 0 } });
    const found = await ask("costs", subject);
    expect(found.found).toMatch(/a loss$/);
    expect(found.passed).toBe(false);
  });
});

describe("a share of what is left", () => {
  test("of two losses there is none", () => {
    expect([shareLeft(-0.5, -0.1), shareLeft(0.5, 0), shareLeft(null, 1), shareLeft(0.5, null)]).toEqual([null, null, null, null]);
    expect([shareLeft(0.5, 1), shareLeft(-0.5, 1)]).toEqual([0.5, -0.5]);
  });

  test("returns of the equity start with the cash and end with the money", () => {
    const result = { equity: { length: 4, equity: Float64Array.of(110, 99, 0, 5) } } as BacktestResult;
    expect([...barReturns(result, 100)].map((each) => Number(each.toFixed(6)))).toEqual([0.1, -0.1, -1, Number.NaN]);
    expect([...lastReturns(Float64Array.of(1, 2, 3), 2)]).toEqual([2, 3]);
    expect([...lastReturns(Float64Array.of(1, 2), 4)]).toEqual([0, 0, 1, 2]);
  });
});

describe("neighbours", () => {
  const all = (): boolean => true;

  test("lie a step away, or a tenth where that is more, within bounds and constraints", () => {
    const parameters = {
      fast: { type: "integer" as const, default: 5, min: 5, max: 60 },
      slow: { type: "integer" as const, default: 200, min: 10, max: 210, step: 10 },
      share: { type: "number" as const, default: 0.5 },
    };
    expect(neighboursOf(parameters, { fast: 5, slow: 200, share: 0.5 }, all)).toEqual([
      { fast: 6, slow: 200, share: 0.5 },
      { fast: 5, slow: 180, share: 0.5 },
      { fast: 5, slow: 200, share: 0.45 },
      { fast: 5, slow: 200, share: 0.55 },
    ]);
    expect(neighboursOf(parameters, { fast: 5, slow: 200, share: 0.5 }, ({ slow }) => slow === 180)).toEqual([{ fast: 5, slow: 180, share: 0.5 }]);
  });

  test("of choices: the next numbers, or every other word", () => {
    const choice = (values: readonly (number | string)[], value: number | string) =>
      neighboursOf({ of: { type: "choice", default: value, values } }, { of: value }, all).map((each) => each["of"]);
    expect(choice([100, 20, 50], 50)).toEqual([20, 100]);
    expect(choice([100, 20, 50], 100)).toEqual([50]);
    expect(choice(["sma", "ema", "wma"], "ema")).toEqual(["sma", "wma"]);
  });
});

describe("trials on record", () => {
  test("more of them ask for more; copies of one lower nothing", async () => {
    const strategy = average();
    const judged = async (count: number, sharpes: number[]): Promise<number> =>
      (await ask("deflated-sharpe", subjectOf(strategy, [bars], { trials: { count, sharpes } }))).figure!;
    const alone = await judged(1, []);
    const among = await judged(50, [0.01, 0.2, -0.1]);
    expect(among).toBeLessThan(alone);
    expect(await judged(50, Array<number>(50).fill(0.05))).toBeLessThan(alone);
    expect(await judged(1000, Array<number>(1000).fill(0.05))).toBeLessThan(await judged(50, Array<number>(50).fill(0.05)));
  });

  test("count in the permutation where they are more than the grid", async () => {
    const limits = { permutations: 40 };
    const alone = await ask("permutation", subjectOf(average(), [bars], { limits }));
    const among = await ask("permutation", subjectOf(average(), [bars], { limits, trials: { count: 500, sharpes: [] } }));
    expect(among.figure).toBeCloseTo(1 - (1 - alone.figure!) ** 500, 9);
    expect(among.found).toContain("counted as the best of 500");
  });
});

test("the same seed gives the same answers", async () => {
  const subject = subjectOf(average(), [bars], { limits: { permutations: 30, resamples: 200 } });
  for (const name of ["look-ahead", "drawdown", "permutation"] as const) expect(await ask(name, subject)).toEqual(await ask(name, subject));
  expect((await ask("drawdown", { ...subject, seed: 2 })).figure).not.toBe((await ask("drawdown", subject)).figure);
});
