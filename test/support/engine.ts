import { describe } from "vitest";
import { connectEngine } from "../../src/runner/engine.ts";

const missing = await connectEngine().then(
  () => undefined,
  (error: unknown) => String(error),
);

/** As `describe`, for tests that need a Docker engine. Without one they are skipped, and say so loudly; in CI that is an error. */
export function describeReal(name: string, work: () => void): void {
  if (missing !== undefined && process.env["CI"]) throw new Error(`${name}: CI needs a Docker engine: ${missing}`);
  if (missing !== undefined) process.stderr.write(`\nSKIPPED  ${name}: ${missing}\n\n`);
  describe.skipIf(missing !== undefined)(name, work);
}
