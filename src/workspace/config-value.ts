import { AgentctlError } from "../base/errors.ts";
import { checkSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import { nearest } from "../base/suggest.ts";
import { configNames, envName, keyOf, type ConfigDocument, type ConfigName } from "./config-keys.ts";
import { configSchema } from "./config-schema.ts";

export type ConfigValue = string | number | readonly string[] | ConfigDocument | undefined;

/** Text (of a variable) as a value of the key's type; undefined when it is not one. */
export function parseValue(name: ConfigName, text: string): ConfigValue {
  const { type } = keyOf(name);
  if (type === "string") return text;
  if (type === "names") return text.split(/[\s,]+/).filter((word) => word !== "");
  if (type === "document") return parseDocument(text);
  if (type === "integer") return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

function parseDocument(text: string): ConfigDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text that `parseValue` reads back. */
export function printValue(value: ConfigValue): string {
  if (isMapping(value)) return JSON.stringify(value);
  return Array.isArray(value) ? value.join(",") : String(value ?? "");
}

/** The value that the environment gives to a key; an empty variable is no value. Error `workspace/bad-config` names the variable. */
export function valueFromEnv(name: ConfigName, env: NodeJS.ProcessEnv): ConfigValue {
  const variable = envName(name);
  const text = env[variable];
  if (text === undefined || text === "") return undefined;
  const value = parseValue(name, text.trim());
  const problem = value === undefined ? `must be ${article(keyOf(name).type)}` : misfit(name, value);
  if (problem === undefined) return value;
  // A document may hold an address with a password.
  const given = keyOf(name).type === "document" ? variable : `${variable} to ${JSON.stringify(text)}`;
  throw badVariable(name, `${given}: ${name} ${problem}`);
}

/** The error for a variable whose value does not do; `what` goes on after `the environment sets`. */
export function badVariable(name: ConfigName, what: string): AgentctlError {
  const variable = envName(name);
  return new AgentctlError("workspace/bad-config", `the environment sets ${what}`, {
    hint: `unset ${variable}, or set it to a value such as ${example(name)}`,
    exit: "usage",
  });
}

/** AGENTCTL_* variables that look like keys and are none, with the nearest that is. */
export function unknownVariables(env: NodeJS.ProcessEnv): { name: string; near: string }[] {
  const known = new Set([...configNames.map(envName), "AGENTCTL_STATE_DIR"]);
  return Object.keys(env)
    .filter((name) => name.startsWith("AGENTCTL_") && !known.has(name))
    .flatMap((name) => {
      const near = nearest(name, [...known]);
      return near === undefined ? [] : [{ name, near }];
    });
}

function misfit(name: ConfigName, value: ConfigValue): string | undefined {
  const nested = name.split(".").reduceRight<unknown>((inner, word) => ({ [word]: inner }), value);
  const [problem] = checkSchema(configSchema, nested);
  return problem?.message.replace(`"${name}" `, "");
}

function article(type: string): string {
  if (type === "document") return "a mapping in JSON";
  return type === "integer" ? "an integer" : `a ${type}`;
}

function example(name: ConfigName): string {
  const { default: initial, minimum, enum: allowed } = keyOf(name);
  return printValue(initial ?? allowed?.[0] ?? minimum ?? "main");
}
