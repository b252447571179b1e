import type { ModelRole } from "../agent/model.ts";

/** Where models are asked. Keys are never here: `keyEnv` names the variable that holds one. */
export interface ProviderSettings {
  /** openai: any OpenAI-compatible endpoint; anthropic: its native API; recorded: a cassette; scripted: a YAML file. */
  kind: "openai" | "anthropic" | "recorded" | "scripted";
  /** e.g. `https://api.openai.com/v1`. */
  baseUrl?: string | undefined;
  keyEnv?: string | undefined;
  /** Of recorded and scripted: relative to the workspace. */
  file?: string | undefined;
  /** How its models call tools: natively, or by tags in their text. */
  toolCalls?: "native" | "tags" | undefined;
  /** Of recorded: whether an answer counts for a request that is not the recorded one. Default refuse. */
  drift?: "refuse" | "accept" | undefined;
}

/** Models in the order in which they are tried. */
export interface TierSettings {
  /** `provider/model` */
  models: readonly string[];
  /** An answer whose mean token probability is below this counts as unsure, and the next model is asked. */
  confidenceMin?: number | undefined;
}

export interface Price {
  /** US dollars per million tokens. */
  inputUsd: number;
  outputUsd: number;
}

/** `models:` of the configuration, complete. */
export interface ModelSettings {
  providers: Readonly<Record<string, ProviderSettings>>;
  tiers: Readonly<Record<string, TierSettings>>;
  /** Tier (or `provider/model`) of each role. */
  roles: Readonly<Record<ModelRole, string>>;
  /** By `provider/model`, with `*`; before the price data. */
  prices: Readonly<Record<string, Price>>;
  /** Of one try: until the last byte. */
  timeoutMs: number;
  /** Until the first byte, and between two. */
  silenceMs: number;
  /** Further tries of one model after an error that may pass. */
  retries: number;
  /** 0: answers are not kept. */
  cacheTtlMs: number;
}
