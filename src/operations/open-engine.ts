import { connectEngine, type Engine } from "../runner/engine.ts";
import type { EffectiveConfig } from "../workspace/config.ts";

/** The engine that the configuration names, else the usual one. Errors: those of `connectEngine`. */
export function openEngine(config: EffectiveConfig | undefined, env: NodeJS.ProcessEnv): Promise<Engine> {
  return connectEngine({ env, ...config?.values.engine });
}
