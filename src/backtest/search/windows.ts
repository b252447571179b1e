import { AgentctlError } from "../../base/errors.ts";

/** Moments `from` (inclusive) to `to` (exclusive), as numbers of the bars that are traded over. */
export interface Range {
  from: number;
  to: number;
}

/** Parameters are chosen on `train`, and judged on `test`, which they have not seen. */
export interface WalkForwardWindow {
  train: Range;
  test: Range;
}

/** A training window is so many test windows long: what is chosen has seen three times what it is judged on. */
const trainTests = 3;
/** Below this a window holds too little to say anything. */
const testBarsMin = 20;

/**
 * Rolling windows: tests of equal length follow one another to the end of the range without gap or overlap, each right behind its training window, all
 * training windows equally long. Bars that do not divide are left out at the beginning.
 * Errors: experiment/too-few-bars.
 */
export function walkForwardWindows({ from, to }: Range, count: number): WalkForwardWindow[] {
  const test = Math.floor((to - from) / (trainTests + count));
  if (test < testBarsMin) {
    throw new AgentctlError(
      "experiment/too-few-bars",
      `${to - from} bars make ${count} walk-forward windows of ${test} test bars; at least ${testBarsMin} are needed`,
      { hint: "fewer windows: --walk-forward 2", exit: "usage" },
    );
  }
  return Array.from({ length: count }, (_, window) => {
    const testFrom = to - (count - window) * test;
    return { train: { from: testFrom - trainTests * test, to: testFrom }, test: { from: testFrom, to: testFrom + test } };
  });
}
