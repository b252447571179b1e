import { isMapping } from "../base/mapping.ts";
import type { ModelDocuments } from "./models-schema.ts";

/**
 * What `models:` holds where agentctl.yaml says nothing. Where openai and anthropic are asked is for the environment to say, else their own address
 * (`complete-models.ts`).
 */
export const shippedModels = {
  "models.providers": {
    openai: { kind: "openai", keyEnv: "OPENAI_API_KEY" },
    anthropic: { kind: "anthropic", keyEnv: "ANTHROPIC_API_KEY" },
    ollama: { kind: "openai", baseUrl: "http://127.0.0.1:11434/v1" },
  },
  "models.tiers": {
    "local-fast": { models: ["ollama/qwen3:4b"] },
    "local-smart": { models: ["ollama/gpt-oss:20b", "ollama/qwen3:30b"] },
    "cloud-smart": { models: ["anthropic/claude-sonnet-5", "openai/gpt-5.2"] },
  },
  "models.roles": { planner: "cloud-smart", coder: "cloud-smart", critic: "local-smart" },
  "models.prices": {},
} as const satisfies ModelDocuments;

type Document = Readonly<Record<string, unknown>>;

/**
 * What is given over what is shipped: name by name, and field by field within a name. A provider of another kind has nothing in common with the shipped
 * one of its name and takes its place.
 */
export function overShipped(shipped: Document, given: Document): Document {
  const merged = new Map(Object.entries(shipped));
  for (const [name, value] of Object.entries(given)) {
    const below = merged.get(name);
    merged.set(name, isMapping(below) && isMapping(value) && (value["kind"] ?? below["kind"]) === below["kind"] ? { ...below, ...value } : value);
  }
  return Object.fromEntries(merged);
}
