import { createRequire } from "node:module";
import { createContext, Script, type Context } from "node:vm";
import type { Ajv2020, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import type { Path, YamlDocument } from "./document.ts";
import type { Finding } from "./finding.ts";
import { compilePattern } from "./pattern.ts";
import { nearest } from "./suggest.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown };

export interface SchemaProblem {
  /** Path to the value (or, when `key` is set, to the key) that is wrong. */
  path: Path;
  key: boolean;
  message: string;
  hint?: string | undefined;
}

// ajv costs 20 ms to load, and most commands check nothing: hence require, which is late and synchronous.
const require = createRequire(import.meta.url);
let ajv: Ajv2020 | undefined;
/** A list of a million wrong items has a million problems; the first few tell enough. */
const foreignProblemsMax = 10;
export const endless = "the check against the schema takes too long";
const compiled = new WeakMap<JsonSchema, ValidateFunction>();
const callCheck = new Script("check()");
/** Where `callCheck` runs; nothing of others does. Making it takes longer than most checks, so there is one. */
let checkContext: Context | undefined;

/**
 * Checks a value; an empty list means that it fits. No coercion, no defaults, own properties only. Throws when the schema cannot be compiled; one that
 * others wrote is asked `schemaFault` first.
 */
export function checkSchema(schema: JsonSchema, value: unknown): SchemaProblem[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = checker().compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return worded(validate.errors ?? []);
}

/**
 * As `checkSchema`, for a schema that others wrote: references that fan out and lists of unique items can take longer than anybody waits, so the check
 * is broken off after `timeoutMs`, which is a problem like any other, and not more than ten are answered.
 */
export function checkForeignSchema(schema: JsonSchema, value: unknown, timeoutMs = 2_000): SchemaProblem[] {
  checkContext ??= createContext();
  checkContext["check"] = () => checkSchema(schema, value);
  try {
    // The one way to stop a synchronous call.
    const problems = callCheck.runInContext(checkContext, { timeout: timeoutMs }) as SchemaProblem[];
    return problems.slice(0, foreignProblemsMax);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw cause;
    return [{ path: [], key: false, message: endless }];
  } finally {
    delete checkContext["check"];
  }
}

/** Why a value is not a JSON Schema, or undefined when it is one. */
export function schemaFault(schema: JsonSchema): string | undefined {
  if (checker().validateSchema(schema) === true) return undefined;
  return worded(checker().errors ?? [])
    .map((problem) => problem.message)
    .join("; ");
}

function checker(): Ajv2020 {
  if (ajv !== undefined) return ajv;
  const { Ajv2020: Checker } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  ajv = new Checker({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    verbose: true,
    ownProperties: true,
    allowUnionTypes: true,
    // Our own schemas are checked by a test; the schema of schemas takes longer to compile than all else that a command does.
    validateSchema: false,
    // Optimising takes a third of the time of compiling, and each command compiles anew what it checks once or twice.
    code: { regExp: Object.assign(linearPattern, { code: "" }), optimize: false },
  });
  return ajv;
}

/** Checks a YAML document, with line and column of each problem. */
export function checkDocument(schema: JsonSchema, document: YamlDocument, rule: string): Finding[] {
  return checkSchema(schema, document.value).map((problem) => ({
    rule,
    level: "error",
    message: problem.message,
    file: document.file,
    ...document.at(problem.path, problem.key),
    hint: problem.hint,
  }));
}

/** Patterns run on RE2 and on nothing else: schemas come with skills that others wrote, who hide patterns where a reader of keywords does not look. */
function linearPattern(source: string): { test(text: string): boolean; toString(): string } {
  const pattern = compilePattern(source);
  // ajv tells patterns apart by their text.
  return { test: (text) => pattern.test(text), toString: () => source };
}

function worded(errors: readonly ErrorObject[]): SchemaProblem[] {
  const problems = errors.filter((error) => !["if", "anyOf", "oneOf", "not"].includes(error.keyword) || errors.length === 1).map(wordOne);
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify([problem.path, problem.message]);
    return !seen.has(key) && seen.add(key);
  });
}

function wordOne(error: ErrorObject): SchemaProblem {
  const path = pathOf(error.instancePath);
  const here = path.length === 0 ? "the document" : `"${path.join(".")}"`;
  const params = error.params as Record<string, unknown>;
  const found = shown(error.data);
  switch (error.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = String(params["additionalProperty"] ?? params["unevaluatedProperty"]);
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
      const near = nearest(name, known);
      return {
        path: [...path, name],
        key: true,
        message: `unknown key "${name}" in ${here}`,
        hint: near === undefined ? `known keys: ${known.join(", ") || "none"}` : `did you mean "${near}"?`,
      };
    }
    case "required":
      return { path, key: false, message: `${here} lacks the key "${String(params["missingProperty"])}"` };
    case "enum": {
      const allowed = (params["allowedValues"] as unknown[]).map(String);
      const near = typeof error.data === "string" ? nearest(error.data, allowed) : undefined;
      return {
        path,
        key: false,
        message: `${here} is ${found}; allowed: ${allowed.join(", ")}`,
        hint: near === undefined ? undefined : `did you mean "${near}"?`,
      };
    }
    case "type":
      return { path, key: false, message: `${here} must be ${[params["type"]].flat().map(String).join(" or ")}, found ${found}` };
    case "const":
      return { path, key: false, message: `${here} must be ${JSON.stringify(params["allowedValue"])}, found ${found}` };
    case "pattern":
      return { path, key: false, message: `${here} is ${found}, which does not match ${String(params["pattern"])}`, hint: exampleOf(error.parentSchema) };
    default:
      return { path, key: false, message: `${here} ${error.message ?? error.keyword}, found ${found}` };
  }
}

function exampleOf(schema: object | undefined): string | undefined {
  const { examples } = (schema ?? {}) as { examples?: readonly unknown[] };
  return examples === undefined ? undefined : `e.g. ${examples.map(String).join(", ")}`;
}

function pathOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
