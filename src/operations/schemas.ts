import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError, messageOf } from "../base/errors.ts";
import type { JsonSchema } from "../base/json-schema.ts";
import { nearest } from "../base/suggest.ts";

/** Every kind of document, where it stands, and its schema, which loads when it is asked for. */
interface SchemaKind {
  what: string;
  where: string;
  load(): Promise<JsonSchema>;
}

const kinds = {
  config: { what: "the configuration of a workspace", where: "agentctl.yaml", load: async () => (await import("../workspace/config-schema.ts")).configSchema },
  policy: { what: "rules and budgets", where: "policies/<name>/policy.yaml", load: async () => (await import("../policy/policy-schema.ts")).policySchema },
  cases: {
    what: "the cases that prove a policy",
    where: "policies/<name>/cases.yaml",
    load: async () => (await import("../policy/policy-schema.ts")).casesSchema,
  },
  skill: { what: "the frontmatter of a skill", where: "skills/<name>/SKILL.md", load: async () => (await import("../skill/schema.ts")).skillSchema },
  "skill-lock": { what: "skills from elsewhere, pinned", where: "skills/lock.yaml", load: async () => (await import("../skill/lock.ts")).skillLockSchema },
  request: { what: "an action that policy decides", where: "policy check", load: async () => (await import("../policy/request-schema.ts")).requestSchema },
  decision: { what: "what policy answered", where: "policy check --json", load: async () => (await import("../policy/request-schema.ts")).decisionSchema },
  event: { what: "one record of a run's journal", where: "journal/<run>.jsonl", load: recordSchema },
} as const satisfies Record<string, SchemaKind>;

export type SchemaName = keyof typeof kinds;

export const schemaNames = Object.keys(kinds) as SchemaName[];

/** Name, what it is for, and which documents it describes. */
export function listSchemas(): { name: SchemaName; what: string; where: string }[] {
  return schemaNames.map((name) => ({ name, what: kinds[name].what, where: kinds[name].where }));
}

/** The JSON Schema (2020-12) of one kind of document, named `urn:agentctl:schema:<name>`. Error `schema/unknown` names the nearest. */
export async function readSchema(name: string): Promise<JsonSchema> {
  const known = schemaNames.find((candidate) => candidate === name);
  if (known === undefined) {
    const near = nearest(name, schemaNames);
    throw new AgentctlError("schema/unknown", `there is no schema named ${JSON.stringify(name)}`, {
      hint: near === undefined ? `one of ${schemaNames.join(", ")}` : `agentctl schema ${near}`,
      exit: "usage",
    });
  }
  const { $schema: _dialect, $id: _id, ...schema } = await kinds[known].load();
  return { $schema: "https://json-schema.org/draft/2020-12/schema", $id: `urn:agentctl:schema:${known}`, ...schema };
}

/** The text of `schemas/<name>.json`. */
export async function schemaText(name: SchemaName): Promise<string> {
  return `${JSON.stringify(await readSchema(name), null, 2)}\n`;
}

/** Writes every schema as `<folder>/<name>.json`; answers the paths. */
export async function writeSchemas(folder: string): Promise<string[]> {
  const texts = await Promise.all(schemaNames.map(async (name) => ({ path: join(folder, `${name}.json`), text: await schemaText(name) })));
  try {
    mkdirSync(folder, { recursive: true });
    for (const { path, text } of texts) writeFileSync(path, text);
  } catch (cause) {
    throw new AgentctlError("schema/not-written", `the schemas cannot be written to ${folder}: ${messageOf(cause)}`, { cause });
  }
  return texts.map(({ path }) => path);
}

/** A record is an envelope whose data has the shape of its kind. */
async function recordSchema(): Promise<JsonSchema> {
  const { eventSchemas } = await import("../event/events.ts");
  const hash = { type: "string", pattern: "^[0-9a-f]{64}$" };
  return {
    title: "One record of a journal",
    type: "object",
    additionalProperties: false,
    required: ["v", "run", "seq", "ts", "kind", "data", "prev", "hash"],
    properties: {
      v: { const: 1 },
      run: { type: "string" },
      seq: { type: "integer", minimum: 0 },
      ts: { type: "string", description: "RFC 3339, UTC" },
      kind: { enum: Object.keys(eventSchemas) },
      data: { type: "object" },
      prev: hash,
      hash,
    },
    oneOf: Object.entries(eventSchemas).map(([kind, data]) => ({ properties: { kind: { const: kind }, data } })),
  };
}
