import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { requireYaml } from "../../src/base/document.ts";
import { AgentctlError } from "../../src/base/errors.ts";
import { checkDocument } from "../../src/base/json-schema.ts";
import { isMapping } from "../../src/base/mapping.ts";
import { defaultLimits } from "../../src/runner/job.ts";
import { configKeys, configNames, envName, keyOf, profileDefaults, profiles, type ConfigDocuments, type ConfigName } from "../../src/workspace/config-keys.ts";
import { configSchema } from "../../src/workspace/config-schema.ts";
import { configText } from "../../src/workspace/config-text.ts";
import { parseValue, printValue, unknownVariables, type ConfigValue } from "../../src/workspace/config-value.ts";
import { loadConfig, shownValue } from "../../src/workspace/config.ts";
import { overShipped } from "../../src/workspace/shipped-models.ts";
import { folder } from "../support/workspace.ts";

function withFile(text: string): string {
  const dir = folder();
  writeFileSync(join(dir, "agentctl.yaml"), text);
  return dir;
}

/** What goes wrong, as the lines a person reads. */
function complaint(text: string, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    loadConfig(withFile(text), env);
  } catch (error) {
    if (error instanceof AgentctlError) return error.message.split("\n").map((line) => line.trim());
    throw error;
  }
  return [];
}

test("without a file everything is a default", () => {
  const { values, entries, secrets } = loadConfig(folder(), {});
  expect(values.limits).toEqual(defaultLimits);
  expect(values.profile).toBe("small");
  expect(values.authority.branch).toBeUndefined();
  expect(entries.map(({ origin }) => origin).filter((origin) => origin !== "default" && origin !== "profile small")).toEqual([]);
  expect(secrets).toEqual([]);
});

test("each layer beats the one before, and says so", () => {
  const dir = withFile("profile: research\nlimits:\n  memoryMiB: 2048\n  timeoutMs: 1000\n");
  const { values, entries } = loadConfig(dir, { AGENTCTL_LIMITS_TIMEOUT_MS: "500", AGENTCTL_MASK_NAMES: "A, B" });
  const origin = (key: ConfigName): string | undefined => entries.find((entry) => entry.key === key)?.origin;
  expect(values.limits).toMatchObject({ timeoutMs: 500, memoryMiB: 2048, cpus: 2, outputBytes: 1_048_576 });
  expect(values.mask.names).toEqual(["A", "B"]);
  expect([origin("limits.timeoutMs"), origin("limits.memoryMiB"), origin("limits.cpus"), origin("limits.outputBytes"), origin("profile")]).toEqual([
    "env AGENTCTL_LIMITS_TIMEOUT_MS",
    "agentctl.yaml:3",
    "profile research",
    "default",
    "agentctl.yaml:1",
  ]);
  expect(loadConfig(dir, { AGENTCTL_PROFILE: "cloud" }).values.query.memoryMiB).toBe(2048);
});

test.each([
  ["limits:\n  memryMiB: 3\n", ['agentctl.yaml:2:3  unknown key "memryMiB" in "limits"  (did you mean "memoryMiB"?)']],
  ["limits:\n  memoryMiB: lots\n", ['agentctl.yaml:2:14  "limits.memoryMiB" must be integer, found "lots"']],
  ["limits:\n  memoryMiB: 99.5\n", ['agentctl.yaml:2:14  "limits.memoryMiB" must be integer, found 99.5']],
  ["limits:\n  pids: 1\n", ['agentctl.yaml:2:9  "limits.pids" must be >= 4, found 1']],
  ["profile: reserch\n", ['agentctl.yaml:1:10  "profile" is "reserch"; allowed: small, research, cloud  (did you mean "research"?)']],
  ["limits: 3\n", ['agentctl.yaml:1:9  "limits" must be object, found 3']],
  ["limits:\n  pids: 8\nlimits:\n  pids: 9\n", ['agentctl.yaml:3:1  the key "limits" stands twice in its mapping']],
  ["limits:\n  cpus: .nan\n", ["agentctl.yaml:2:9  found .nan; numbers must be finite"]],
  ["- a\n", ["agentctl.yaml:1:1  the document must be object, found a list of 1"]],
])("says where %j is wrong", (text, lines) => {
  expect(complaint(text)).toEqual(["agentctl.yaml cannot be used:", ...lines]);
});

test("a broken file comes with its mend, which works as typed", () => {
  const dir = folder();
  writeFileSync(join(dir, "agentctl.yaml"), "profil: small\n");
  expect(() => loadConfig(dir, {})).toThrowError(expect.objectContaining({ hint: "mend agentctl.yaml at the places named     agentctl schema config" }));
});

test("a tab for indentation is named", () => {
  expect(complaint("limits:\n\tpids: 8\n")[1]).toMatch(/^agentctl\.yaml:2:1 {2}.*tab/i);
});

test("a file that is no file, or far too large, is said so", () => {
  const dir = folder();
  mkdirSync(join(dir, "agentctl.yaml"));
  expect(() => loadConfig(dir, {})).toThrowError(expect.objectContaining({ code: "workspace/bad-config", exit: "usage" }));
  expect(complaint(`# ${"x".repeat(5 * 1024 * 1024)}`)).toEqual([expect.stringMatching(/cannot be read: it has 524\d+ bytes/)]);
});

test("comments alone, and nothing at all, are an empty file", () => {
  expect(complaint("# nothing\n")).toEqual([]);
  expect(complaint("")).toEqual([]);
});

test.each([
  ["AGENTCTL_LIMITS_MEMORY_MIB", "lots", 'the environment sets AGENTCTL_LIMITS_MEMORY_MIB to "lots": limits.memoryMiB must be an integer'],
  ["AGENTCTL_LIMITS_MEMORY_MIB", "1e3", 'the environment sets AGENTCTL_LIMITS_MEMORY_MIB to "1e3": limits.memoryMiB must be an integer'],
  ["AGENTCTL_LIMITS_CPUS", "0", 'the environment sets AGENTCTL_LIMITS_CPUS to "0": limits.cpus must be >= 0.1, found 0'],
  ["AGENTCTL_PROFILE", "tiny", 'the environment sets AGENTCTL_PROFILE to "tiny": profile is "tiny"; allowed: small, research, cloud'],
])("a wrong variable is named: %s=%s", (name, value, message) => {
  expect(() => loadConfig(folder(), { [name]: value })).toThrowError(expect.objectContaining({ code: "workspace/bad-config", message, exit: "usage" }));
});

test("variables in strings are filled in, typed by their key, and never shown", () => {
  const dir = withFile('engine:\n  host: "tcp://${ENGINE_USER}@${HOST}:2375"\nlimits:\n  memoryMiB: ${MEMORY}\nmask:\n  names: ["$${PLAIN}", "${NAME}"]\n');
  const { values, entries, secrets } = loadConfig(dir, { ENGINE_USER: "bob", HOST: "h", MEMORY: "64", NAME: "N" });
  expect(values.engine.host).toBe("tcp://bob@h:2375");
  expect(values.limits.memoryMiB).toBe(64);
  expect(values.mask.names).toEqual(["${PLAIN}", "N"]);
  expect(secrets).toEqual(["bob", "h", "64", "N"]);
  expect(entries.filter((entry) => entry.secret).map((entry) => `${entry.key} ${shownValue(entry)} ${entry.origin}`)).toEqual([
    "engine.host *** agentctl.yaml:2",
    "limits.memoryMiB *** agentctl.yaml:4",
    "mask.names *** agentctl.yaml:6",
  ]);
});

test("a variable that is missing or no name is said with its place", () => {
  const text = 'engine:\n  host: "a ${GONE}"\n  runtime: "${1x}"\nmask:\n  names: ["${EMPTY}", "${open"]\n';
  expect(complaint(text, { EMPTY: "" })).toEqual([
    "agentctl.yaml cannot be used:",
    'agentctl.yaml:2:9  "engine.host" needs the environment variable GONE, which is not set  (export GONE=…)',
    'agentctl.yaml:3:12  "engine.runtime" holds ${1x}, which names no variable  (write ${NAME} for a variable, $${ for the text ${)',
    'agentctl.yaml:5:11  "mask.names.0" needs the environment variable EMPTY, which is not set  (export EMPTY=…)',
    'agentctl.yaml:5:23  "mask.names.1" holds ${open, which names no variable  (write ${NAME} for a variable, $${ for the text ${)',
  ]);
});

test("a secret that does not fit is not quoted", () => {
  const lines = complaint("limits:\n  memoryMiB: ${KEY}\n", { KEY: "hunter2" });
  expect(lines[1]).toBe('agentctl.yaml:2:14  "limits.memoryMiB" takes its value from KEY, which does not fit');
});

test("variables that look like keys are reported with the nearest", () => {
  expect(unknownVariables({ AGENTCTL_LIMITS_MEMORY: "1", AGENTCTL_STATE_DIR: "x", AGENTCTL_LIMITS_PIDS: "8", OTHER: "1" })).toEqual([
    { name: "AGENTCTL_LIMITS_MEMORY", near: "AGENTCTL_LIMITS_MEMORY_MIB" },
  ]);
});

test("names of variables are distinct and readable", () => {
  expect(envName("limits.memoryMiB")).toBe("AGENTCTL_LIMITS_MEMORY_MIB");
  expect(envName("limits.timeoutMs")).toBe("AGENTCTL_LIMITS_TIMEOUT_MS");
  expect(new Set(configNames.map(envName)).size).toBe(configNames.length);
  for (const name of configNames) expect(envName(name)).toMatch(/^AGENTCTL(_[A-Z]+)+$/);
});

const entryName = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const usd = fc.integer({ min: 0, max: 10_000 }).map((cents) => cents / 100);
const documents: { [N in keyof ConfigDocuments]: fc.Arbitrary<ConfigDocuments[N]> } = {
  "models.providers": fc.dictionary(entryName, fc.constant({ kind: "anthropic", keyEnv: "OTHER_API_KEY" } as const), { noNullPrototype: true }),
  "models.tiers": fc.dictionary(entryName, fc.constant({ models: ["openai/a", "ollama/b:1b"] }), { noNullPrototype: true }),
  "models.roles": fc.constantFrom({}, { planner: "local-fast" }, { coder: "openai/gpt-5.2", critic: "cloud-smart" }),
  "models.prices": fc.dictionary(
    entryName.map((name) => `openai/${name}*`),
    fc.record({ inputUsd: usd, outputUsd: usd }, { noNullPrototype: true }),
    { noNullPrototype: true },
  ),
  "notify.channels": fc.dictionary(entryName, fc.constant({ type: "discord", url: "${DISCORD_URL}", on: ["halt"] } as const), { noNullPrototype: true }),
};

/** As it is in force when it is given. */
const inForce = (name: ConfigName, value: ConfigValue): ConfigValue => {
  const initial = keyOf(name).default;
  return isMapping(initial) && isMapping(value) ? overShipped(initial, value) : value;
};

/** A value that the key takes. */
function valueFor(name: ConfigName): fc.Arbitrary<ConfigValue> {
  const key = keyOf(name);
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,10}$/);
  if (key.enum !== undefined) return fc.constantFrom(...key.enum);
  if (key.type === "document") return documents[name as keyof ConfigDocuments];
  if (key.type === "names") return fc.array(word, { minLength: 1, maxLength: 3 });
  if (key.type === "integer") return fc.integer({ min: key.minimum ?? 1, max: key.maximum ?? 1000 });
  if (key.type === "number") return fc.integer({ min: 1, max: 10_000 }).map((tenths) => tenths / 10);
  if (key.pattern?.startsWith("^https?:") === true) return word.map((host) => `https://${host.toLowerCase()}.example.org`);
  return key.pattern?.includes("/") === true && !new RegExp(key.pattern).test("word") ? word.map((name) => `provider/${name}`) : word;
}

const given = fc
  .constantFrom(...configNames.filter((name) => name !== "profile"))
  .chain((name) => fc.tuple(fc.constant(name), valueFor(name), valueFor(name), fc.constantFrom(...profiles)));

test("text of a variable and value: there and back", () => {
  fc.assert(
    fc.property(given, ([name, value]) => {
      expect(parseValue(name, printValue(value))).toEqual(value);
    }),
  );
});

test("for every key: environment > file > profile > default", () => {
  fc.assert(
    fc.property(given, ([name, inFile, inEnv, profile]) => {
      const [group = "", word = ""] = name.split(".");
      const dir = withFile(`profile: ${profile}\n${group}:\n  ${word}: ${JSON.stringify(inFile)}\n`);
      const bare = withFile(`profile: ${profile}\n`);
      const read = (where: string, env: NodeJS.ProcessEnv): ConfigValue => loadConfig(where, env).entries.find((entry) => entry.key === name)?.value;
      expect(read(dir, { [envName(name)]: printValue(inEnv) })).toEqual(inForce(name, inEnv));
      expect(read(dir, {})).toEqual(inForce(name, inFile));
      expect(read(bare, {})).toEqual(profileDefaults[profile][name] ?? keyOf(name).default);
    }),
    { numRuns: 40 },
  );
});

test("every default and every profile fits the schema", () => {
  for (const profile of profiles) {
    for (const [name, value] of Object.entries({ ...profileDefaults[profile] })) {
      const [group = "", word = ""] = name.split(".");
      expect(checkDocument(configSchema, requireYaml({ path: "x", text: `${group}:\n  ${word}: ${String(value)}\n` }), "x")).toEqual([]);
    }
  }
  expect(Object.keys(configKeys)).toHaveLength(configNames.length);
});

test("the file that init writes holds every key and is valid, as written and with everything switched on", () => {
  for (const profile of profiles) {
    const text = configText(profile);
    expect(complaint(text)).toEqual([]);
    for (const name of configNames) expect(text).toMatch(new RegExp(`^[# ]*${name.split(".").at(-1)}:`, "m"));
    const on = text
      .replaceAll(/^# (\w+:)$/gm, "$1")
      .replaceAll(/^# {3}(\w+: [^#\s])/gm, "  $1")
      .replaceAll(/^# {3}((?:providers|tiers|roles): #)/gm, "  $1")
      .replaceAll(/^# {5}([\w-]+: )/gm, "    $1");
    expect(complaint(on.replaceAll(/^(authority|engine|forge|notify):$/gm, "# $1:"))).toEqual([]);
    expect(on).toContain("\n  memoryMiB: 256");
    const switchedOn = loadConfig(withFile(on.replaceAll(/^(authority|engine|forge|notify):$/gm, "# $1:")), {}).values.models;
    expect(switchedOn).toEqual(loadConfig(folder(), {}).values.models);
  }
  expect(readFileSync(new URL("../../agentctl.yaml", import.meta.url), "utf8")).toBe(configText("small"));
});

test("a pipe in the place of agentctl.yaml is refused, and not waited for", () => {
  const dir = folder();
  execFileSync("mkfifo", [join(dir, "agentctl.yaml")]);
  expect(() => loadConfig(dir, {})).toThrowError(
    expect.objectContaining({ code: "workspace/bad-config", message: expect.stringContaining("not a file") as string }),
  );
});
