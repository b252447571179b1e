import { isDeepStrictEqual } from "node:util";
import { AgentctlError } from "../base/errors.ts";
import type { Repository } from "../git/repository.ts";
import { configNames, envName, keyOf, type ConfigName } from "../workspace/config-keys.ts";
import type { ConfigValue } from "../workspace/config-value.ts";
import { valuesIn, type EffectiveConfig } from "../workspace/config.ts";
import { configFile } from "../workspace/find.ts";

/** A document of models that does not stand in the commit as it stands on disk. */
export interface UncommittedModels {
  key: ConfigName;
  /** What is found, in words. */
  found: string;
}

const documents = new Set(configNames.filter((name) => name.startsWith("models.") && keyOf(name).type === "document"));

/**
 * Which documents of models differ between agentctl.yaml on disk and the commit that policy is read from, in either direction: what was taken away sends
 * prompts elsewhere too. What the environment sets is the person's own. `commit` is undefined while there is none.
 */
export async function uncommittedModels(
  { config, repository, commit }: { config: EffectiveConfig; repository: Repository; commit: string | undefined },
  env: NodeJS.ProcessEnv,
): Promise<UncommittedModels[]> {
  const entries = config.entries.filter(({ key, origin }) => documents.has(key) && !origin.startsWith("env "));
  const data = commit === undefined ? undefined : await repository.readPath(commit, configFile);
  const where = commit?.slice(0, 10) ?? "any commit";
  const committed =
    data === undefined ? new Map<ConfigName, ConfigValue>() : valuesIn({ path: `${where}:${configFile}`, text: Buffer.from(data).toString("utf8") }, env);
  return entries.flatMap(({ key, given, origin }): UncommittedModels[] => {
    if (committed === undefined) return [{ key, found: `${configFile} of ${where} cannot be read, so ${key} cannot be compared with it` }];
    if (isDeepStrictEqual(committed.get(key), given)) return [];
    if (given === undefined) return [{ key, found: `${key} stands in ${where} and not in ${configFile}` }];
    return [{ key, found: `${origin} sets ${key} to what is not in ${where}` }];
  });
}

/**
 * Prompts and keys go where these documents say, and budgets count what they say it costs: an edit of agentctl.yaml changes nothing until it is committed
 * where policy is read from. Error `workspace/models-not-committed` (exit usage).
 */
export async function requireCommittedModels(authority: Parameters<typeof uncommittedModels>[0], env: NodeJS.ProcessEnv): Promise<void> {
  const [first] = await uncommittedModels(authority, env);
  if (first === undefined) return;
  throw new AgentctlError("workspace/models-not-committed", `${first.found}: prompts and keys would go where nobody agreed to`, {
    hint: `commit ${configFile}, or set ${envName(first.key)}`,
    exit: "usage",
  });
}
