import { isDeepStrictEqual } from "node:util";
import { AgentctlError } from "../base/errors.ts";
import { openRepository } from "../git/repository.ts";
import { valueIn, type EffectiveConfig } from "../workspace/config.ts";
import { envName, type ConfigName } from "../workspace/config-keys.ts";
import { configFile, findWorkspace } from "../workspace/find.ts";
import { authorityCommit } from "./load-authority.ts";

/**
 * An edit of agentctl.yaml that sets one of these keys changes nothing until it is committed where policy is read from; what the environment sets is the
 * person's own. `otherwise` says what would come of it. Error `code` (exit usage).
 */
export async function requireCommittedKeys(
  config: EffectiveConfig,
  env: NodeJS.ProcessEnv,
  { keys, code, otherwise }: { keys: readonly ConfigName[]; code: `${string}/${string}`; otherwise: string },
): Promise<void> {
  const named = config.entries.filter(({ key, origin }) => keys.includes(key) && origin.startsWith(`${configFile}:`));
  if (named.length === 0) return;
  const workspace = findWorkspace(config.root, env);
  const repository = openRepository(workspace);
  const commit = await authorityCommit(repository, workspace, env);
  const data = commit === undefined ? undefined : await repository.readPath(commit, configFile);
  const source = data && { path: `${commit?.slice(0, 10)}:${configFile}`, text: Buffer.from(data).toString("utf8") };
  for (const { key, value, origin } of named) {
    if (source !== undefined && isDeepStrictEqual(valueIn(source, key, env), value)) continue;
    throw new AgentctlError(code, `${origin} sets ${key}, which is not in ${commit?.slice(0, 10) ?? "any commit"}: ${otherwise}`, {
      hint: `commit ${configFile}, or set ${envName(key)}`,
      exit: "usage",
    });
  }
}
