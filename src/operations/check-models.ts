import { modelRoles } from "../agent/model.ts";
import { openRepository } from "../git/repository.ts";
import { modelsFor } from "../llm/choose-models.ts";
import { isLoopback } from "../workspace/model-endpoint.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import type { Workspace } from "../workspace/find.ts";
import { attempt, ok, warn, type Check } from "./check.ts";
import { uncommittedModels } from "./committed-models.ts";
import { listProvider } from "./list-models.ts";
import { authorityCommit } from "./load-authority.ts";
import { modelSettings } from "./model-settings.ts";

/** Whether each role has a model that could be asked, and whether what names them is committed. Nothing is asked of any model, and none is required. */
export async function checkModels(workspace: Workspace, config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return attempt(
    "models",
    async () => {
      const repository = openRepository(workspace);
      const commit = await authorityCommit(repository, workspace, env);
      const uncommitted = await uncommittedModels({ config, repository, commit }, env);
      const warnings = uncommitted.map(({ key, found }) => warn(`models/${key.slice("models.".length)}`, found, "commit agentctl.yaml"));
      return [...checkRoles(config, env), ...warnings];
    },
    false,
  );
}

function checkRoles(config: EffectiveConfig, env: NodeJS.ProcessEnv): Check[] {
  const settings = modelSettings(config, env);
  const roles = modelRoles.map((role) => {
    const candidates = modelsFor(settings, settings.roles[role]).map(({ id, providerName, provider }) => ({
      id,
      ...listProvider(providerName, provider, env),
    }));
    return { role, candidates, usable: candidates.find(({ lacks }) => lacks === undefined) };
  });
  const found = roles.flatMap(({ role, usable }) => (usable === undefined ? [] : [`${role} ${usable.id}`]));
  const lacking = roles.filter(({ usable }) => usable === undefined);
  const plain = Object.entries(settings.providers).filter(([, { baseUrl, keyEnv }]) => keyEnv !== undefined && baseUrl !== undefined && isBare(baseUrl));
  return [
    ...(found.length === 0 ? [] : [ok("models", `models ${found.join(" · ")}`)]),
    ...(lacking.length === 0 ? [] : [lackingCheck(lacking)]),
    ...plain.map(([name]) =>
      warn(`models/${name}`, `the key of the provider ${name} would go over the network in the clear`, `https in models.providers.${name}.baseUrl`),
    ),
  ];
}

function lackingCheck(
  lacking: readonly { role: string; candidates: readonly { keyEnv: string | undefined; key: string; lacks: string | undefined }[] }[],
): Check {
  const names = lacking.map(({ role }) => role).join(" and ");
  const key = lacking.flatMap(({ candidates }) => candidates).find((candidate) => candidate.key === "missing")?.keyEnv;
  const why = [...new Set(lacking.flatMap(({ candidates }) => candidates.flatMap(({ lacks }) => lacks ?? [])))].join(", ");
  return warn("models/roles", `no model for ${names}: ${why}`, key === undefined ? "agentctl model" : `export ${key}=…`);
}

function isBare(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "http:" && !isLoopback(hostname);
}
