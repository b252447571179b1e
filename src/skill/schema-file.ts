import { messageOf } from "../base/errors.ts";
import { checkForeignSchema, endless, schemaFault, type JsonSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import { compilePattern } from "../base/pattern.ts";
import { skillBounds } from "./skill.ts";

/** Keywords whose value is one schema, a list of schemas, or a map of names to schemas; what stands elsewhere is data. */
const one = new Set(["items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains", "propertyNames", "not", "if", "then", "else"]);
const many = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const named = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/**
 * Reads a JSON Schema that came with a skill, whoever wrote it. Refused: what does not compile, references to other documents, `$id` (two skills
 * could claim the same), and patterns outside RE2, because others can take seconds on a short text. Without `compile` the first is left for
 * later, which is quicker.
 */
export function readSchemaFile(data: Uint8Array, options: { compile?: boolean } = {}): { schema: JsonSchema } | { problem: string } {
  if (data.byteLength > skillBounds.schemaBytes) return { problem: `has ${data.byteLength} bytes; at most ${skillBounds.schemaBytes} are read` };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch (cause) {
    return { problem: `is not JSON (${messageOf(cause)})` };
  }
  if (!isMapping(value)) return { problem: "is not a JSON object" };
  const dialect = value["$schema"];
  if (dialect !== undefined && !/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(String(dialect)))
    return { problem: `names the dialect ${JSON.stringify(dialect)}; only draft 2020-12 is read` };
  const { $id: _id, $schema: _schema, ...schema } = value;
  try {
    const problem = refused(schema, 0);
    if (problem !== undefined) return { problem };
    if (options.compile === false) return { schema };
    const fault = schemaFault(schema);
    if (fault !== undefined) return { problem: `is not a JSON Schema (${fault})` };
    for (const tried of [null, {}]) {
      if (checkForeignSchema(schema, tried).some((problem) => problem.message === endless)) return { problem: "takes too long to check" };
    }
  } catch (cause) {
    return { problem: cause instanceof RangeError ? "refers to itself without end or is nested too deep" : `is not a JSON Schema (${messageOf(cause)})` };
  }
  return { schema };
}

function refused(schema: unknown, depth: number): string | undefined {
  if (depth > 64) return "is nested deeper than 64 levels";
  if (!isMapping(schema)) return undefined;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "$id" || key === "$anchor" || key === "$dynamicAnchor") return `uses ${key}, which is not read; use "$defs" and "#/$defs/…"`;
    if ((key === "$ref" || key === "$dynamicRef") && !String(value).startsWith("#")) return `refers to ${JSON.stringify(value)}; only "#/…" is read`;
    if (key === "pattern") {
      const problem = patternProblem(value);
      if (problem !== undefined) return problem;
    }
    const inner = one.has(key) ? [value] : many.has(key) && Array.isArray(value) ? value : named.has(key) && isMapping(value) ? Object.values(value) : [];
    if (key === "patternProperties" && isMapping(value)) {
      const problem = Object.keys(value)
        .map(patternProblem)
        .find((found) => found !== undefined);
      if (problem !== undefined) return problem;
    }
    for (const child of inner) {
      const problem = refused(child, depth + 1);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function patternProblem(pattern: unknown): string | undefined {
  try {
    compilePattern(String(pattern));
    return undefined;
  } catch (cause) {
    return `has the pattern ${JSON.stringify(pattern)}, which RE2 does not read (${messageOf(cause)})`;
  }
}
