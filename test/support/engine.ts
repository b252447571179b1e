import { describe } from "vitest";

/** False where bin/setup.js found no engine and could not have one. */
export function engineAvailable(): boolean {
  return process.env["AGENTCTL_NO_ENGINE"] !== "1";
}

/** A `describe` for tests that need a Docker engine. Without one they are skipped, loudly; in CI, where an engine is a must, they run and fail. */
export const describeReal = missing() ? describe.skip : describe;

function missing(): boolean {
  if (engineAvailable() || process.env["CI"]) return false;
  process.stderr.write("SKIPPED  tests that need a Docker engine: there is none (AGENTCTL_NO_ENGINE=1)\n");
  return true;
}
