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
  agent: { what: "an agent", where: "agents/<name>/agent.yaml", load: async () => (await import("../agent/agent-schema.ts")).agentSchema },
  skill: { what: "the frontmatter of a skill", where: "skills/<name>/SKILL.md", load: async () => (await import("../skill/schema.ts")).skillSchema },
  "skill-lock": { what: "skills from elsewhere, pinned", where: "skills/lock.yaml", load: async () => (await import("../skill/lock.ts")).skillLockSchema },
  "data-set": { what: "bars of a market", where: "data/<name>.yaml", load: async () => (await import("../market/data-set-schema.ts")).dataSetSchema },
  strategy: { what: "a trading strategy", where: "strategies/<name>/strategy.yaml", load: async () => (await import("../strategy/schema.ts")).strategySchema },
  evaluation: {
    what: "cases that a change is held to",
    where: "evaluations/<name>/evaluation.yaml",
    load: async () => (await import("../evaluation/schema.ts")).evaluationSchema,
  },
  memory: { what: "the frontmatter of a note", where: "memory/<kind>/<name>.md", load: async () => (await import("../memory/entry-schema.ts")).memorySchema },
  request: { what: "an action that policy decides", where: "policy check", load: async () => (await import("../policy/request-schema.ts")).requestSchema },
  decision: { what: "what policy answered", where: "policy check --json", load: async () => (await import("../policy/request-schema.ts")).decisionSchema },
  event: { what: "one record of a run's journal", where: "journal/<run>.jsonl", load: async () => (await import("./record-schema.ts")).recordSchema },
} as const satisfies Record<string, SchemaKind>;

export type SchemaName = keyof typeof kinds;

export const schemaNames = Object.keys(kinds) as SchemaName[];

/** Name, what it is for, and which documents it describes. */
export function listSchemas(): { name: SchemaName; what: string; where: string }[] {
  return schemaNames.map((name) => ({ name, what: kinds[name].what, where: kinds[name].where }));
}

/** A validator takes each `$id` once, so each schema is one object. */
const read = new Map<SchemaName, JsonSchema>();

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
  const earlier = read.get(known);
  if (earlier !== undefined) return earlier;
  const loaded: JsonSchema = await kinds[known].load();
  const { $schema: _dialect, $id: _id, ...rest } = loaded;
  const schema = { $schema: "https://json-schema.org/draft/2020-12/schema", $id: `urn:agentctl:schema:${known}`, ...rest };
  read.set(known, schema);
  return schema;
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
