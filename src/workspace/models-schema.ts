import type { ModelRole } from "../agent/model.ts";
import type { JsonSchema } from "../base/json-schema.ts";

/** The nested documents below `models:` of agentctl.yaml, as people write them: everything may be left out, and is merged over what is shipped. */

export const providerKinds = ["openai", "anthropic", "recorded", "scripted"] as const;
export type ProviderKind = (typeof providerKinds)[number];

/** Where models are asked. A key is never here: `keyEnv` names the variable that holds it. */
export interface GivenProvider {
  kind?: ProviderKind;
  baseUrl?: string;
  keyEnv?: string;
  /** Of recorded and scripted; relative to the workspace. */
  file?: string;
  toolCalls?: "native" | "tags";
  /** Of recorded: whether an answer counts for a request that is not the recorded one. */
  drift?: "refuse" | "accept";
}

export interface GivenTier {
  /** `provider/model`, in the order in which they are tried. */
  models: readonly string[];
  confidenceMin?: number;
}

/** US dollars per million tokens. */
export interface GivenPrice {
  inputUsd: number;
  outputUsd: number;
}

/** By the full key. */
export interface ModelDocuments {
  "models.providers": Readonly<Record<string, GivenProvider>>;
  "models.tiers": Readonly<Record<string, GivenTier>>;
  "models.roles": Readonly<Partial<Record<ModelRole, string>>>;
  "models.prices": Readonly<Record<string, GivenPrice>>;
}

const text = { type: "string", minLength: 1, maxLength: 1024 } as const;
const reference = { ...text, maxLength: 256 } as const;
const usd = { type: "number", minimum: 0, maximum: 1_000_000 } as const;

const provider = {
  type: "object",
  additionalProperties: false,
  properties: {
    kind: {
      enum: providerKinds,
      description: "openai: any OpenAI-compatible endpoint; anthropic: its native API; recorded: a cassette; scripted: a YAML file.",
    },
    baseUrl: { ...text, description: "Where it is asked, e.g. https://api.openai.com/v1. No user name, password or query." },
    keyEnv: { ...text, maxLength: 128, description: "The variable that holds the key; ends in _API_KEY, _KEY or _TOKEN." },
    file: { ...text, description: "Of recorded and scripted: a path inside the workspace." },
    toolCalls: { enum: ["native", "tags"], description: "How its models call tools: natively, or by tags in their text." },
    drift: { enum: ["refuse", "accept"], description: "Of recorded: whether an answer counts for a request that is not the recorded one." },
  },
} as const satisfies JsonSchema;

const tier = {
  type: "object",
  additionalProperties: false,
  required: ["models"],
  properties: {
    models: { type: "array", items: reference, maxItems: 16, description: "provider/model, in the order in which they are tried." },
    confidenceMin: { type: "number", minimum: 0, maximum: 1, description: "An answer whose mean token probability is lower is asked of the next model." },
  },
} as const satisfies JsonSchema;

const price = {
  type: "object",
  additionalProperties: false,
  required: ["inputUsd", "outputUsd"],
  description: "US dollars per million tokens.",
  properties: { inputUsd: usd, outputUsd: usd },
} as const satisfies JsonSchema;

/** The schema of each document. */
export const modelSchemas = {
  "models.providers": { type: "object", maxProperties: 64, additionalProperties: provider },
  "models.tiers": { type: "object", maxProperties: 64, additionalProperties: tier },
  "models.roles": { type: "object", additionalProperties: false, properties: { planner: reference, coder: reference, critic: reference } },
  "models.prices": { type: "object", maxProperties: 256, additionalProperties: price },
} as const satisfies Record<keyof ModelDocuments, JsonSchema>;
