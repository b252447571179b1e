import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { requireYaml, unreadable, yamlLimits, type SourceFile, type YamlDocument } from "../base/document.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { checkSchema, type SchemaProblem } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import { configNames, envName, keyOf, profileDefaults, profiles, type ConfigName, type ConfigValues, type Profile } from "./config-keys.ts";
import { configSchema } from "./config-schema.ts";
import { badVariable, parseValue, printValue, valueFromEnv, type ConfigValue } from "./config-value.ts";
import { configFile } from "./find.ts";
import { interpolate, type Interpolated } from "./interpolate.ts";
import { modelProblems } from "./model-problems.ts";
import type { ModelDocuments } from "./models-schema.ts";
import { notifyProblems } from "./notify-problems.ts";
import type { NotifyDocuments } from "./notify-schema.ts";
import { overShipped } from "./shipped-models.ts";

/** One key in force. */
export interface ConfigEntry {
  key: ConfigName;
  value: ConfigValue;
  /** Of a document: as it was given, without what is shipped. */
  given?: ConfigValue;
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
  /** Undefined without a file. */
  document?: YamlDocument;
}

/**
 * The configuration in force: default < profile < agentctl.yaml < AGENTCTL_* variables.
 * Errors (exit usage): `base/bad-document` lists each wrong key and value with file, line and column; `workspace/bad-config` names the variable.
 */
export function loadConfig(root: string, env: NodeJS.ProcessEnv = process.env): EffectiveConfig {
  const source = readConfigFile(root);
  const file: FileConfig = source === undefined ? { given: new Map(), secrets: [] } : readConfig(source, env);
  const fromEnv = (key: ConfigName): ConfigEntry | undefined => {
    const value = valueFromEnv(key, env);
    return value === undefined ? undefined : { key, value, origin: `env ${envName(key)}`, secret: keyOf(key).secret === true };
  };
  const profile = ((fromEnv("profile") ?? file.given.get("profile"))?.value ?? keyOf("profile").default) as Profile;
  const entries = configNames.map((key): ConfigEntry => {
    const entry = fromEnv(key) ?? file.given.get(key) ?? fromProfile(key, profile);
    const initial = keyOf(key).default;
    if (entry === undefined) return { key, value: initial, origin: "default", secret: false };
    return isMapping(initial) && isMapping(entry.value) ? { ...entry, value: overShipped(initial, entry.value), given: entry.value } : entry;
  });
  requireDocuments(entries, file.document);
  return { root, values: nested(entries), entries, secrets: file.secrets };
}

/** The documents of models name each other, so all are checked when the layers are together. A problem is of the file or of the variable that it came from. */
function requireDocuments(entries: readonly ConfigEntry[], document: YamlDocument | undefined): void {
  const documents = entries.filter(({ key }) => keyOf(key).type === "document");
  if (documents.every(({ origin }) => origin === "default")) return;
  const byKey = Object.fromEntries(documents.map(({ key, value }) => [key, value])) as unknown as ModelDocuments & NotifyDocuments;
  const problems = [...modelProblems(byKey), ...notifyProblems(byKey["notify.channels"])];
  for (const { path, message } of problems) {
    const entry = documents.find(({ key }) => key === path.slice(0, 2).join("."));
    if (entry?.origin.startsWith("env ") === true) throw badVariable(entry.key, `${envName(entry.key)}: ${message}`);
  }
  if (problems.length > 0 && document !== undefined)
    throw unreadable(
      configFile,
      problems.map((problem) => findingAt(document, problem)),
      configHint,
    );
}

function findingAt(document: YamlDocument, { path, key, message, hint }: SchemaProblem): Finding {
  return { rule: "workspace/config", level: "error", message, file: document.file, ...document.at(path, key), hint };
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
  const { value, interpolated, findings } = interpolate({ ...document, value: document.value ?? {} }, env, isChannels);
  const secretPaths = new Set(interpolated.map(({ path }) => path.join(".")));
  const given = new Map<ConfigName, ConfigEntry>();
  for (const key of configNames) {
    const path = key.split(".");
    const found = path.reduce<unknown>((inner, word) => (isMapping(inner) && Object.hasOwn(inner, word) ? inner[word] : undefined), value);
    const secret = keyOf(key).secret === true || [...secretPaths].some((place) => place === key || place.startsWith(`${key}.`));
    const typed = secret && typeof found === "string" ? (parseValue(key, found) ?? found) : found;
    if (typed === undefined) continue;
    if (typed !== found) assign(value, path, typed);
    given.set(key, { key, value: typed as ConfigValue, origin: `${configFile}:${document.at(path, true).line}`, secret });
  }
  const secrets = [...new Set(interpolated.flatMap(({ variables }) => variables.map((name) => env[name] ?? "")))];
  const wrong = [...findings, ...inModels(document, interpolated)];
  const problems = wrong.length > 0 ? wrong : misfits({ ...document, value }, interpolated);
  if (problems.length > 0) throw unreadable(configFile, problems, configHint);
  return { given, secrets, document };
}

/** Channels take their variables when they are used (`notify-variables.ts`). */
function isChannels(path: SchemaProblem["path"]): boolean {
  return path.join(".") === "notify.channels";
}

/** Variables in a document of models would be sent wherever the same document says. */
function inModels(document: YamlDocument, interpolated: readonly Interpolated[]): Finding[] {
  const documents = new Set<string>(configNames.filter((name) => keyOf(name).type === "document"));
  const inside = interpolated.filter(({ path }) => documents.has(path.slice(0, 2).join(".")));
  return inside.map(({ path, variables }) =>
    findingAt(document, {
      path,
      key: false,
      message: `"${path.join(".")}" takes its value from ${variables.join(", ")}; models take nothing from variables but their keys, by keyEnv`,
      hint: `write the value out, or set ${envName(path.slice(0, 2).join(".") as ConfigName)}`,
    }),
  );
}

/** What another text of agentctl.yaml, such as the committed one, gives to a key; undefined when it gives nothing or cannot be read. */
export function valueIn(source: SourceFile, key: ConfigName, env: NodeJS.ProcessEnv): ConfigValue {
  return valuesIn(source, env)?.get(key);
}

/** What another text of agentctl.yaml gives, by key and not merged over anything; undefined when it cannot be read. */
export function valuesIn(source: SourceFile, env: NodeJS.ProcessEnv): ReadonlyMap<ConfigName, ConfigValue> | undefined {
  try {
    return new Map([...readConfig(source, env).given].map(([key, { value }]) => [key, value]));
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
  if (isShipped(document.value)) return [];
  return checkSchema(configSchema, document.value).map((problem) => {
    const from = interpolated.find(({ path }) => path.join(".") === problem.path.join("."))?.variables;
    const message = from === undefined ? problem.message : `"${problem.path.join(".")}" takes its value from ${from.join(", ")}, which does not fit`;
    return findingAt(document, { ...problem, message });
  });
}

/** Nothing but a profile that there is, as init writes it: to compile the whole schema for that would cost every command a fifth of its time. */
function isShipped(value: unknown): boolean {
  return isMapping(value) && Object.keys(value).every((key) => key === "profile" && profiles.some((profile) => profile === value[key]));
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

/** A value for people; secrets as stars, nothing as a dash, documents by their names. */
export function shownValue(entry: ConfigEntry): string {
  if (entry.secret) return "***";
  if (isMapping(entry.value)) return Object.keys(entry.value).join(", ") || "-";
  return printValue(entry.value) || "-";
}
