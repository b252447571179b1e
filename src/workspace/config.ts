import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { requireYaml, unreadable, yamlLimits, type SourceFile, type YamlDocument } from "../base/document.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { checkSchema } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import { configNames, envName, keyOf, profileDefaults, type ConfigName, type ConfigValues, type Profile } from "./config-keys.ts";
import { configSchema } from "./config-schema.ts";
import { parseValue, printValue, valueFromEnv, type ConfigValue } from "./config-value.ts";
import { configFile } from "./find.ts";
import { interpolate, type Interpolated } from "./interpolate.ts";

/** One key in force. */
export interface ConfigEntry {
  key: ConfigName;
  value: ConfigValue;
  /** `default`, `profile small`, `agentctl.yaml:12`, `env AGENTCTL_…`. */
  origin: string;
  /** Never shown: its text came out of a variable by `${…}`. */
  secret: boolean;
}

export interface EffectiveConfig {
  /** The folder of the workspace. */
  root: string;
  values: ConfigValues;
  entries: ConfigEntry[];
  /** Texts that came out of variables by `${…}`; every sink masks them. */
  secrets: string[];
}

interface FileConfig {
  given: Map<ConfigName, ConfigEntry>;
  secrets: string[];
}

/**
 * The configuration in force: default < profile < agentctl.yaml < AGENTCTL_* variables.
 * Errors (exit usage): `base/bad-document` lists each wrong key and value with file, line and column; `workspace/bad-config` names the variable.
 */
export function loadConfig(root: string, env: NodeJS.ProcessEnv = process.env): EffectiveConfig {
  const source = readConfigFile(root);
  const file = source === undefined ? { given: new Map(), secrets: [] } : readConfig(source, env);
  const fromEnv = (key: ConfigName): ConfigEntry | undefined => {
    const value = valueFromEnv(key, env);
    return value === undefined ? undefined : { key, value, origin: `env ${envName(key)}`, secret: false };
  };
  const profile = ((fromEnv("profile") ?? file.given.get("profile"))?.value ?? keyOf("profile").default) as Profile;
  const entries = configNames.map(
    (key) => fromEnv(key) ?? file.given.get(key) ?? fromProfile(key, profile) ?? { key, value: keyOf(key).default, origin: "default", secret: false },
  );
  return { root, values: nested(entries), entries, secrets: file.secrets };
}

function fromProfile(key: ConfigName, profile: Profile): ConfigEntry | undefined {
  const value = profileDefaults[profile][key];
  return value === undefined ? undefined : { key, value, origin: `profile ${profile}`, secret: false };
}

function readConfigFile(root: string): SourceFile | undefined {
  const path = join(root, configFile);
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    // A pipe in its place would be waited for without end.
    if (!found.isFile()) throw new Error("it is not a file");
    if (found.size > 4 * yamlLimits.bytes) throw new Error(`it has ${found.size} bytes`);
    return { path: configFile, text: readFileSync(path, "utf8") };
  } catch (cause) {
    throw new AgentctlError("workspace/bad-config", `${configFile} cannot be read: ${messageOf(cause)}`, { exit: "usage", cause });
  }
}

const configHint = `mend ${configFile} at the places named     agentctl schema config`;

function readConfig(source: SourceFile, env: NodeJS.ProcessEnv): FileConfig {
  const document = requireYaml(source, configHint);
  // A file of comments only is an empty mapping.
  const { value, interpolated, findings } = interpolate({ ...document, value: document.value ?? {} }, env);
  const secretPaths = new Set(interpolated.map(({ path }) => path.join(".")));
  const given = new Map<ConfigName, ConfigEntry>();
  for (const key of configNames) {
    const path = key.split(".");
    const found = path.reduce<unknown>((inner, word) => (isMapping(inner) && Object.hasOwn(inner, word) ? inner[word] : undefined), value);
    const secret = [...secretPaths].some((place) => place === key || place.startsWith(`${key}.`));
    const typed = secret && typeof found === "string" ? (parseValue(key, found) ?? found) : found;
    if (typed === undefined) continue;
    if (typed !== found) assign(value, path, typed);
    given.set(key, { key, value: typed as ConfigValue, origin: `${configFile}:${document.at(path, true).line}`, secret });
  }
  const secrets = [...new Set(interpolated.flatMap(({ variables }) => variables.map((name) => env[name] ?? "")))];
  const problems = findings.length > 0 ? findings : misfits({ ...document, value }, interpolated);
  if (problems.length > 0) throw unreadable(configFile, problems, configHint);
  return { given, secrets };
}

/** What another text of agentctl.yaml, such as the committed one, gives to a key; undefined when it gives nothing or cannot be read. */
export function valueIn(source: SourceFile, key: ConfigName, env: NodeJS.ProcessEnv): ConfigValue {
  try {
    return readConfig(source, env).given.get(key)?.value;
  } catch {
    return undefined;
  }
}

/** The branch that a committed agentctl.yaml names as authority; the rest of the file is not looked at. */
export function authorityBranch(source: SourceFile): string | undefined {
  const { value }: YamlDocument = requireYaml(source, `mend ${configFile} and commit it     agentctl schema config`);
  const authority = isMapping(value) ? value["authority"] : undefined;
  const branch = isMapping(authority) ? authority["branch"] : undefined;
  return typeof branch === "string" ? branch : undefined;
}

/** As `checkDocument`, but a value that came out of a variable is not quoted. */
function misfits(document: YamlDocument, interpolated: readonly Interpolated[]): Finding[] {
  return checkSchema(configSchema, document.value).map((problem) => {
    const from = interpolated.find(({ path }) => path.join(".") === problem.path.join("."))?.variables;
    return {
      rule: "workspace/config",
      level: "error",
      message: from === undefined ? problem.message : `"${problem.path.join(".")}" takes its value from ${from.join(", ")}, which does not fit`,
      file: document.file,
      ...document.at(problem.path, problem.key),
      hint: problem.hint,
    };
  });
}

function nested(entries: readonly ConfigEntry[]): ConfigValues {
  const values = {};
  for (const { key, value } of entries) assign(values, key.split("."), value);
  return values as ConfigValues;
}

function assign(target: unknown, path: readonly string[], value: unknown): void {
  const [word = "", ...rest] = path;
  if (!isMapping(target)) return;
  if (rest.length === 0) target[word] = value;
  else assign((target[word] ??= {}), rest, value);
}

/** A value for people; secrets as stars, nothing as a dash. */
export function shownValue(entry: ConfigEntry): string {
  if (entry.secret) return "***";
  return printValue(entry.value) || "-";
}
