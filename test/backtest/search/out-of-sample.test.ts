import { describe, expect, it } from "vitest";
import { outOfSample, type WindowFigures } from "../../../src/backtest/search/out-of-sample.ts";

const window = (total: number, more: Partial<WindowFigures> = {}): WindowFigures => ({
  score: total,
  return: total,
  trades: 5,
  bars: 100,
  mean: total / 100,
  deviation: 0.01,
  ...more,
});

describe("outOfSample", () => {
  it("stitches returns and pools the bars of all tests", () => {
    const found = outOfSample(
      [
        { train: window(0.2), test: window(0.1) },
        { train: window(0.2), test: window(-0.05) },
      ],
      252,
    );
    expect(found.return).toBeCloseTo(1.1 * 0.95 - 1, 12);
    expect(found.positive).toBe(0.5);
    expect(found.trades).toBe(10);
    expect(found.failed).toBe(0);
    expect(found.efficiency).toBeCloseTo((Math.log(1.1) + Math.log(0.95)) / (2 * Math.log(1.2)), 12);
    const squares = 2 * 99 * 1e-4 + 100 * (1e-6 + 0.25e-6);
    const mean = 0.00025;
    expect(found.sharpe).toBeCloseTo((mean / Math.sqrt((squares - 200 * mean ** 2) / 199)) * Math.sqrt(252), 9);
  });

  it("never calls two losses a gain", () => {
    const found = outOfSample([{ train: window(-0.1), test: window(-0.5) }], 252);
    expect(found.efficiency).toBeNull();
    expect(found.failed).toBe(1);
    expect(
      outOfSample(
        [
          { train: window(0.3), test: window(-0.5) },
          { train: window(-0.1), test: window(-0.2) },
        ],
        252,
      ).efficiency,
    ).toBeNull();
  });

  it("is null where a window was not tested, and counts it as failed", () => {
    const found = outOfSample(
      [
        { train: window(0.2), test: window(0.1) },
        { train: undefined, test: undefined },
      ],
      252,
    );
    expect(found).toMatchObject({ return: null, sharpe: null, efficiency: null, failed: 1, positive: 0.5 });
  });

  it("counts a test without trades as failed", () => {
    expect(outOfSample([{ train: window(0.2), test: window(0, { trades: 0, deviation: 0 }) }], 252)).toMatchObject({ failed: 1, sharpe: null, positive: 0 });
  });
});
