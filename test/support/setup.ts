import { takeCoverage } from "node:v8";
import { afterAll } from "vitest";

// Workers are stopped, not ended: what they covered is written while they still run.
afterAll(() => {
  if (process.env["NODE_V8_COVERAGE"] !== undefined) takeCoverage();
});
