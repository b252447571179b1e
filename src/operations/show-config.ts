import { configNames, envName, keyOf, type ConfigName } from "../workspace/config-keys.ts";
import { unknownVariables } from "../workspace/config-value.ts";
import { loadConfig, shownValue } from "../workspace/config.ts";
import { findWorkspace } from "../workspace/find.ts";

export interface ConfigReport {
  root: string;
  keys: { key: ConfigName; value: string; origin: string; env: string; doc: string; secret: boolean }[];
  /** AGENTCTL_* variables that are no keys, with the nearest key's. */
  unknown: { name: string; near: string }[];
}

/** Every key in force in the workspace around `cwd`, with its origin; secrets as stars. */
export function showConfig(cwd: string, env: NodeJS.ProcessEnv): ConfigReport {
  const { root } = findWorkspace(cwd, env);
  const { entries } = loadConfig(root, env);
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const keys = configNames.flatMap((key) => {
    const entry = byKey.get(key);
    if (entry === undefined) return [];
    return [{ key, value: shownValue(entry), origin: entry.origin, env: envName(key), doc: keyOf(key).doc, secret: entry.secret }];
  });
  return { root, keys, unknown: unknownVariables(env) };
}
