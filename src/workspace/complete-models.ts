import { AgentctlError } from "../base/errors.ts";
import { baseUrlProblem, isLoopback } from "./model-endpoint.ts";
import type { ConfigValues } from "./config-keys.ts";
import type { GivenPrice, GivenProvider, GivenTier, ProviderKind } from "./models-schema.ts";
import type { ModelRole } from "../agent/model.ts";

export interface CompleteProvider extends Omit<GivenProvider, "kind"> {
  kind: ProviderKind;
}

/** `models:` as those who ask models need it: nothing is left open. */
export interface CompleteModels {
  providers: Record<string, CompleteProvider>;
  tiers: Record<string, GivenTier>;
  roles: Record<ModelRole, string>;
  /** The narrower patterns first. */
  prices: Record<string, GivenPrice>;
  timeoutMs: number;
  silenceMs: number;
  retries: number;
  cacheTtlMs: number;
}

const usual: Partial<Record<ProviderKind, { variable: string; baseUrl: string }>> = {
  openai: { variable: "OPENAI_BASE_URL", baseUrl: "https://api.openai.com/v1" },
  anthropic: { variable: "ANTHROPIC_BASE_URL", baseUrl: "https://api.anthropic.com" },
};

/** `models.*` of the configuration in force, with the addresses that it leaves to the environment. Error `workspace/bad-config` names the variable. */
export function completeModels(models: ConfigValues["models"], env: NodeJS.ProcessEnv): CompleteModels {
  const providers = Object.fromEntries(Object.entries(models.providers).map(([name, given]) => [name, completeProvider(name, given, env)]));
  const ours = isOwnOllama(providers["ollama"]) ? { "ollama/*": { inputUsd: 0, outputUsd: 0 } } : {};
  const prices = Object.fromEntries(Object.entries({ ...ours, ...models.prices }).toSorted(([a], [b]) => narrowness(b) - narrowness(a)));
  const { timeoutMs, silenceMs, retries, cacheTtlMs } = models;
  return { providers, tiers: { ...models.tiers }, roles: models.roles as Record<ModelRole, string>, prices, timeoutMs, silenceMs, retries, cacheTtlMs };
}

function completeProvider(name: string, { kind = "openai", ...given }: GivenProvider, env: NodeJS.ProcessEnv): CompleteProvider {
  const standard = usual[kind];
  if (given.baseUrl !== undefined || standard === undefined) return { kind, ...given };
  // Variables that are not ours speak for the providers that they are named after, and for no other.
  const fromEnv = name === kind ? env[standard.variable] : undefined;
  if (fromEnv === undefined || fromEnv === "") return { kind, ...given, baseUrl: standard.baseUrl };
  const wrong = baseUrlProblem(fromEnv);
  if (wrong === undefined) return { kind, ...given, baseUrl: fromEnv };
  throw new AgentctlError("workspace/bad-config", `the address in ${standard.variable} ${wrong}`, { hint: `unset ${standard.variable}`, exit: "usage" });
}

/** The Ollama on this machine costs nothing. What else listens here may well pass requests on to somebody who is paid. */
function isOwnOllama(provider: CompleteProvider | undefined): boolean {
  return provider?.kind === "openai" && provider.baseUrl !== undefined && isLoopback(new URL(provider.baseUrl).hostname);
}

/** The first pattern that fits counts, so the narrower ones stand first. */
function narrowness(pattern: string): number {
  return pattern.includes("*") ? pattern.replaceAll("*", "").length : 1000;
}
