import { describe } from "vitest";

/** False where bin/setup.js found no engine and could not have one; in CI, where an engine is a must, tests run all the same, and fail. */
export const engineExpected = process.env["AGENTCTL_NO_ENGINE"] !== "1" || Boolean(process.env["CI"]);

/** A `describe` for tests that need a Docker engine. Where there is none they are skipped, loudly. */
export const describeReal = engineExpected ? describe : describe.skip;

if (!engineExpected) process.stderr.write("SKIPPED  tests that need a Docker engine: there is none (AGENTCTL_NO_ENGINE=1)\n");
