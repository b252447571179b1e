import { AgentctlError } from "../base/errors.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import type { ConfigName } from "../workspace/config-keys.ts";
import { requireCommittedKeys } from "./committed-keys.ts";

/** Registries that packages are looked for in. */
export const registries = ["npm", "pypi"] as const;
export type Registry = (typeof registries)[number];

/**
 * Where web_search asks. Errors (exit usage): `web/not-configured`, `workspace/web-not-committed`, `workspace/bad-config` for an address that holds a
 * variable: it goes into a container and into the record, and no key may.
 */
export async function searchAddress(config: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<string> {
  await requireSettled(config, env, "web.search");
  const address = config.values.web.search;
  if (address !== undefined && isAddress(address)) return address;
  if (address !== undefined)
    throw new AgentctlError("workspace/bad-config", `web.search is ${JSON.stringify(address)}, which is no http or https address`, { exit: "usage" });
  throw notConfigured("there is no web_search here: the configuration names nobody who is asked", "web: { search: https://search.example.org/search }");
}

/** Where package_search asks for packages of a registry. Errors: as `searchAddress`. */
export async function registryAddress(config: EffectiveConfig, env: NodeJS.ProcessEnv, registry: Registry): Promise<string> {
  await requireSettled(config, env, "web.packages");
  const addresses = new Map(config.values.web.packages.map(registryIn));
  const address = addresses.get(registry);
  if (address !== undefined) return address;
  const example = registry === "npm" ? "npm=https://registry.example.org/-/v1/search" : "pypi=https://index.example.org/pypi";
  throw notConfigured(`packages of ${registry} cannot be looked for: the configuration names no address`, `web: { packages: ["${example}"] }`);
}

function registryIn(text: string): [Registry, string] {
  const at = text.indexOf("=");
  const [name, address] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  const registry = registries.find((each) => each === name);
  if (registry !== undefined && isAddress(address)) return [registry, address];
  throw new AgentctlError("workspace/bad-config", `web.packages names ${JSON.stringify(text)}, which is not npm=address or pypi=address`, { exit: "usage" });
}

/** Without user name and password, which would stand in every record. */
function isAddress(text: string): boolean {
  return /^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text);
}

async function requireSettled(config: EffectiveConfig, env: NodeJS.ProcessEnv, key: Extract<ConfigName, `web.${string}`>): Promise<void> {
  await requireCommittedKeys(config, env, { keys: [key], code: "workspace/web-not-committed", otherwise: "agents would ask where nobody agreed to" });
  if (!config.entries.some((entry) => entry.key === key && entry.secret)) return;
  throw new AgentctlError("workspace/bad-config", `${key} holds a variable, and what it says enters a container and the record`, {
    hint: "an address that needs no key; one that does is put behind a proxy of one's own",
    exit: "usage",
  });
}

function notConfigured(message: string, example: string): AgentctlError {
  return new AgentctlError("web/not-configured", message, { hint: `a person sets it in agentctl.yaml and commits it, e.g. ${example}`, exit: "usage" });
}
