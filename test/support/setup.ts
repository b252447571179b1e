import { takeCoverage } from "node:v8";
import fc from "fast-check";
import { afterAll } from "vitest";

// In CI the same commit gives the same verdict; elsewhere every run tries other values, and prints the seed of what it finds.
if (process.env["CI"]) fc.configureGlobal({ seed: 20_261_121 });

// Workers are stopped, not ended: what they covered is written while they still run.
afterAll(() => {
  if (process.env["NODE_V8_COVERAGE"] !== undefined) takeCoverage();
});
