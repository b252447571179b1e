import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { ModelRequest } from "../agent/model.ts";
import type { ModelSettings, ProviderSettings } from "./settings.ts";

/** A model that may be asked, and how. */
export interface Candidate {
  /** `provider/model` */
  id: string;
  /** Name of the provider in the settings. */
  providerName: string;
  provider: ProviderSettings;
  /** As the provider calls it; may have slashes. */
  name: string;
  confidenceMin?: number | undefined;
}

/**
 * The models for a tier or a `provider/model`, in the order in which they are tried; each once. Errors: llm/no-such-model with the nearest name,
 * llm/no-such-provider, llm/empty-tier.
 */
export function modelsFor(settings: ModelSettings, wanted: string): Candidate[] {
  const tier = own(settings.tiers, wanted);
  if (tier === undefined) return [candidate(settings, wanted, undefined)];
  if (tier.models.length === 0) throw new AgentctlError("llm/empty-tier", `the tier ${wanted} has no models`, { exit: "usage", hint: mendTier(wanted) });
  return [...new Set(tier.models)].map((id) => candidate(settings, id, tier.confidenceMin));
}

/** What a request asks for: its own words, else its role's. */
export function wantedModel(settings: ModelSettings, request: Pick<ModelRequest, "model" | "role">): string {
  return request.model ?? settings.roles[request.role];
}

function candidate(settings: ModelSettings, id: string, confidenceMin: number | undefined): Candidate {
  const slash = id.indexOf("/");
  const [providerName, name] = [id.slice(0, slash), id.slice(slash + 1)];
  if (slash < 1 || name === "") {
    const near = nearest(id, Object.keys(settings.tiers));
    throw new AgentctlError("llm/no-such-model", `there is no tier "${id}", and provider/model has a slash`, {
      exit: "usage",
      hint: near === undefined ? `tiers: ${Object.keys(settings.tiers).join(", ") || "none"}` : `did you mean "${near}"?`,
    });
  }
  const provider = own(settings.providers, providerName);
  if (provider === undefined) {
    const near = nearest(providerName, Object.keys(settings.providers));
    throw new AgentctlError("llm/no-such-provider", `there is no provider "${providerName}" for the model ${id}`, {
      exit: "usage",
      hint: near === undefined ? `providers: ${Object.keys(settings.providers).join(", ") || "none"}` : `did you mean "${near}"?`,
    });
  }
  return { id, providerName, provider, name, confidenceMin };
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function mendTier(tier: string): string {
  return `add provider/model to models.tiers.${tier}.models in agentctl.yaml`;
}
