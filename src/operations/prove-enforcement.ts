import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Probe } from "../runner/prove.ts";
import { openRunners } from "./open-runners.ts";

export interface Enforcement {
  probes: Probe[];
}

/**
 * Tries the known ways out of a job container, with what was expected and found of each, on the engine and in the Python image that jobs of this
 * workspace would use; without a workspace, on the usual engine.
 */
export async function proveEnforcement(asked: { cwd: string; env: NodeJS.ProcessEnv; onProbe?: (probe: Probe) => void }): Promise<Enforcement> {
  const [{ requireImage }, { prove }] = await Promise.all([import("../runner/images.ts"), import("../runner/prove.ts")]);
  const { engine, places } = await openRunners(asked.cwd, asked.env);
  const image = await requireImage(engine, "python", places);
  const [script, networkScript] = ["probes.py", "probes_network.py"].map((name) => readFileSync(join(places.package, "runners", name), "utf8")) as [
    string,
    string,
  ];
  return { probes: await prove(engine, image.id, { script, networkScript, onProbe: asked.onProbe }) };
}
