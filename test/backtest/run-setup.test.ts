import { describe, expect, it } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { runBacktest } from "../../src/backtest/run-backtest.ts";
import type { BacktestSettings } from "../../src/backtest/settings.ts";
import type { Now, Series, Setup } from "../../src/strategy/bar-strategy.ts";
import { barsOf, minuteMs, settings, type Row } from "./small-run.ts";

const rising = Array.from({ length: 12 }, (_, t): Row => [t + 1, t + 2, t + 0.5, t + 1.5]);

/** Calls `start` once and `onBar` at every bar. */
function run(start: (setup: Setup) => void, onBar: (now: Now) => void, given: Partial<BacktestSettings> = {}, rows: readonly Row[] = rising) {
  return runBacktest({ settings: settings(given), bars: [barsOf(rows)], strategy: { start, onBar }, parameters: { fast: 3 } });
}

describe("what a strategy sees", () => {
  it("indicators up to now, after their warm-up", () => {
    let mean: Series | undefined;
    const seen: number[][] = [];
    const result = run(
      (setup) => {
        expect([setup.parameters, setup.markets]).toEqual([{ fast: 3 }, ["m0"]]);
        mean = setup.indicator(0, "sma", { period: 3 });
      },
      (now) => seen.push([now.step, mean?.now ?? 0, mean?.ago(1) ?? 0, mean?.ago(99) ?? 0]),
    );
    expect(seen.slice(0, 2)).toEqual([
      [2, 2.5, Number.NaN, Number.NaN],
      [3, 3.5, 2.5, Number.NaN],
    ]);
    expect(result).toMatchObject({ warmup: 2, firstStep: 2, bars: 10 });
  });

  it("another column, another output, a higher timeframe over closed bars only", () => {
    const seen: number[][] = [];
    let series: Series[] = [];
    run(
      (setup) => {
        const high = setup.indicator(0, "sma", { period: 1, of: "high" });
        const lower = setup.indicator(0, "bollinger", { period: 2, output: "lower" });
        series = [high, lower, setup.indicator(0, "sma", { period: 1, timeframe: "5m" })];
      },
      (now) => seen.push([now.step, ...series.map(({ now }) => now)]),
    );
    // The bar of minutes 0 … 4 is closed when that of minute 4 is.
    expect(seen[0]?.[0]).toBe(4);
    expect(seen.map((row) => row[3])).toEqual([5.5, 5.5, 5.5, 5.5, 5.5, 10.5, 10.5, 10.5]);
    expect(seen[0]?.[1]).toBe(6);
    expect(seen[0]?.[2]).toBeCloseTo(4, 10);
  });

  it("nothing of the future, no unknown indicators or settings", () => {
    const start = (setup: Setup): Series => setup.indicator(0, "sma", { period: 2 });
    let series: Series | undefined;
    const code = (given: () => unknown): string => {
      try {
        given();
      } catch (thrown) {
        return thrown instanceof AgentctlError ? thrown.code : String(thrown);
      }
      return "nothing";
    };
    expect(
      code(() =>
        run(
          (setup) => void (series = start(setup)),
          () => series?.ago(-1),
        ),
      ),
    ).toBe("strategy/future");
    expect(
      code(() =>
        run(
          (setup) => setup.indicator(0, "crystal-ball"),
          () => undefined,
        ),
      ),
    ).toBe("strategy/unknown-indicator");
    expect(
      code(() =>
        run(
          (setup) => setup.indicator(0, "constructor"),
          () => undefined,
        ),
      ),
    ).toBe("strategy/unknown-indicator");
    expect(
      code(() =>
        run(
          (setup) => setup.indicator(1, "sma"),
          () => undefined,
        ),
      ),
    ).toBe("strategy/unknown-market");
    expect(
      code(() =>
        run(
          (setup) => setup.indicator(0, "sma", { of: "ts" }),
          () => undefined,
        ),
      ),
    ).toBe("strategy/bad-setting");
    expect(
      code(() =>
        run(
          (setup) => setup.indicator(0, "sma", { output: "upper" }),
          () => undefined,
        ),
      ),
    ).toBe("strategy/bad-setting");
    expect(
      code(() =>
        run(
          (setup) => setup.warmup(1.5),
          () => undefined,
        ),
      ),
    ).toBe("strategy/bad-warmup");
  });

  it("its own prices, position and pending orders", () => {
    const seen: unknown[] = [];
    run(
      () => undefined,
      (now) => {
        const [market] = now.markets;
        if (market === undefined) return;
        seen.push([market.index, market.close, market.position, market.entryPrice, market.pending, now.cash]);
        if (now.step === 0) expect(market.buy({ units: 2 })).toBe(1);
        if (now.step === 1) expect([market.sell({ units: 1, type: "limit", limit: 50 }), market.exit()]).toEqual([2, 3]);
      },
    );
    expect(seen.slice(0, 3)).toEqual([
      [0, 1.5, 0, Number.NaN, 0, 10_000],
      [1, 2.5, 2, 2, 0, 9996],
      [2, 3.5, 0, Number.NaN, 1, 10_002],
    ]);
  });
});

describe("when it is called", () => {
  it("after the warm-up of indicators and settings, from the time that was asked for", () => {
    const steps = (given: Partial<BacktestSettings>): number => {
      let first = -1;
      run(
        (setup) => void setup.indicator(0, "sma", { period: 3 }),
        (now) => void (first < 0 && (first = now.step)),
        given,
      );
      return first;
    };
    expect([steps({}), steps({ warmup: 4 }), steps({ fromMs: 7 * minuteMs }), steps({ fromMs: 7 * minuteMs - 1 }), steps({ warmup: 99 })]).toEqual([
      2, 6, 7, 7, -1,
    ]);
  });

  it("once every market is warm, on one clock", () => {
    const late = barsOf(rising.slice(0, 6), [4, 5, 6, 7, 8, 20]);
    const calls: [number, number, boolean[], number[]][] = [];
    const result = runBacktest({
      settings: settings({ instruments: ["a", "b"].map((name) => ({ name, priceDecimals: 2, unitDecimals: 0 })) }),
      bars: [barsOf(rising), late],
      strategy: {
        start: (setup) => void setup.indicator(1, "sma", { period: 2 }),
        onBar: (now) => calls.push([now.step, now.ts / minuteMs, now.markets.map(({ fresh }) => fresh), now.markets.map(({ index }) => index)]),
      },
      parameters: {},
    });
    expect(calls[0]).toEqual([5, 6, [true, true], [5, 1]]);
    expect(calls.at(-1)).toEqual([12, 21, [false, true], [11, 5]]);
    expect(result).toMatchObject({ firstStep: 5, warmup: 6, bars: 12, equity: { length: 8 } });
  });

  it("says when a strategy threw, and hands on what it threw", () => {
    const cause = new Error("no such thing");
    const thrown = expect.objectContaining({
      code: "strategy/threw",
      message: expect.stringContaining("1970-01-01T00:04:00.000Z (step 3): no such thing"),
      cause,
    });
    const broken = () =>
      run(
        () => undefined,
        (now) => {
          if (now.step === 3) throw cause;
        },
      );
    expect(broken).toThrow(thrown);
  });

  it("refuses what cannot be an order", () => {
    const asks = [
      { units: 0 },
      { units: Number.NaN },
      { value: -1 },
      { units: 1, value: 1 },
      { limit: 5 },
      { type: "limit" },
      { type: "stop" },
      { type: "stop-limit", stop: 5 },
      { type: "trailing" },
      { type: "limit", limit: Number.POSITIVE_INFINITY },
      { type: "stop", stop: 5, limit: 4 },
      { stopLoss: Number.NaN },
      { bars: 1.5 },
      { type: "iceberg" },
    ] as const;
    for (const ask of asks) {
      const asking = () =>
        run(
          () => undefined,
          (now) => void now.markets[0]?.buy(ask as never),
        );
      expect(asking, JSON.stringify(ask)).toThrow(expect.objectContaining({ code: "backtest/bad-order" }));
    }
  });

  it("needs bars of every instrument", () => {
    expect(() => runBacktest({ settings: settings(), bars: [], strategy: { onBar: () => undefined }, parameters: {} })).toThrow(
      expect.objectContaining({ code: "backtest/bad-input" }),
    );
  });
});
