import { expect, test } from "vitest";
import type { ExperimentReport, ReportedVariant } from "../../src/backtest/search/report.ts";
import { experimentLines, experimentNext, heatMap } from "../../src/cli/experiment-lines.ts";

function variant(trial: number, parameters: ReportedVariant["parameters"], of: Partial<ReportedVariant> = {}): ReportedVariant {
  const regimes = { "bear calm": 0.5, "bull calm": 1, unknown: null };
  return { trial, parameters, score: 0.5, robust: null, sharpe: 0.5, totalReturn: 0.0123, maxDrawdown: 0.31049, trades: 9, regimes, ...of };
}

function report(of: Partial<ExperimentReport> = {}): ExperimentReport {
  const best = variant(0, { fast: 5, mode: "slow and sure" });
  return { objective: "sharpe", kind: "grid", planned: 1, variants: 1, scored: 1, positive: 1, failed: 0, best, sturdiest: null, top: [best], ...of };
}

test("one is not many, and regimes stand in one order wherever the report was kept", () => {
  const [head, columns, row] = experimentLines(report());
  expect(head).toBe("1 variant on all bars, 1 with a score, 1 above 0 (100 %)");
  expect(columns?.split(/ {2,}/)).toEqual(["variant", "score", "robust", "return", "drawdown", "trades", "unknown", "bull calm", "bear calm"]);
  expect(row?.split(/ {2,}/)).toEqual(["fast=5 mode=slow and sure", "0.50", "-", "1.23 %", "31.0 %", "9", "-", "1.00", "0.50"]);
});

test("the gate is to be asked about the sturdiest variant, else the best, and about none where nothing scored", () => {
  const sturdiest = variant(7, { fast: 60 });
  expect(experimentNext({ ...report({ sturdiest }), experiment: "e-1" }, "s")).toBe(
    "next       agentctl experiment show e-1   agentctl strategy gate s --param fast=60",
  );
  expect(experimentNext({ ...report(), experiment: "e-1" }, "s")).toBe(
    "next       agentctl experiment show e-1   agentctl strategy gate s --param fast=5 --param 'mode=slow and sure'",
  );
  expect(experimentNext({ ...report({ best: null, top: [] }), experiment: "e-1" }, "s")).toBe("next       agentctl experiment show e-1");
});

test("a map has no blanks at the ends of its lines", () => {
  const points = [
    { parameters: { a: 1, b: 1 }, score: 0 },
    { parameters: { a: 2, b: 2 }, score: 1 },
  ];
  expect(heatMap(points)).toEqual(["a down, b 1 to 2 across; · 0.00 to █ 1.00", "1  ·", "2   █"]);
});
