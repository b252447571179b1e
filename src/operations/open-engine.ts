import { connectEngine, type Engine } from "../runner/engine.ts";
import type { EffectiveConfig } from "../workspace/config.ts";

/** The engine that the configuration names, else the usual one. Errors: those of `connectEngine`. */
export function openEngine(config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<Engine> {
  return connectEngine({ host: config.values.engine.host, runtime: config.values.engine.runtime, env });
}
