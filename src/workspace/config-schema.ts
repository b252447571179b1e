import type { JsonSchema } from "../base/json-schema.ts";
import { configNames, envName, keyOf, type ConfigKey, type ConfigName } from "./config-keys.ts";

/** The schema of agentctl.yaml, made from the table of keys. */
export const configSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:agentctl:schema:config",
  title: "agentctl.yaml",
  description: "Configuration of one workspace. Every key has a default and can be set by an environment variable.",
  ...group(""),
};

function group(prefix: string): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const name of configNames.filter((candidate) => candidate.startsWith(prefix))) {
    const [word = "", ...rest] = name.slice(prefix.length).split(".");
    properties[word] ??= rest.length === 0 ? valueSchema(name) : group(`${prefix}${word}.`);
  }
  return { type: "object", additionalProperties: false, properties };
}

function valueSchema(name: ConfigName): JsonSchema {
  const { type, doc, unit, enum: allowed, pattern, minimum, maximum, schema, default: initial }: ConfigKey = keyOf(name);
  return {
    ...(type === "names" ? { type: "array", items: { type: "string", minLength: 1 } } : type === "document" ? schema : { type }),
    description: `${doc}${unit === undefined ? "" : ` [${unit}]`}. Environment: ${envName(name)}`,
    ...(allowed && { enum: allowed }),
    ...(pattern !== undefined && { pattern }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(initial !== undefined && { default: initial }),
  };
}
