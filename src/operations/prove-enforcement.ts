import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobEngine } from "../runner/job-engine.ts";
import type { Probe } from "../runner/prove.ts";
import { packageRoot } from "../workspace/package.ts";

export interface Enforcement {
  probes: Probe[];
}

/** Tries the known ways out of a job container on this engine, with what was expected and found of each. `image` is an image id. */
export async function proveEnforcement(
  engine: JobEngine,
  image: string,
  options: { onProbe?: ((probe: Probe) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Enforcement> {
  const { prove } = await import("../runner/prove.ts");
  const script = readFileSync(join(packageRoot(), "runners/probes.py"), "utf8");
  return { probes: await prove(engine, image, { script, ...options }) };
}
