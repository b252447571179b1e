import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { completeModels, type CompleteModels } from "../../src/workspace/complete-models.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { baseUrlProblem, isLoopback, keyEnvProblem } from "../../src/workspace/model-endpoint.ts";
import { modelProblems } from "../../src/workspace/model-problems.ts";
import { shippedModels } from "../../src/workspace/shipped-models.ts";
import { folder } from "../support/workspace.ts";

/** Lines below `models:` as a workspace. */
function withModels(lines: string): string {
  const dir = folder();
  writeFileSync(join(dir, "agentctl.yaml"), `models:\n${lines.replaceAll(/^(?=.)/gm, "  ")}`);
  return dir;
}

const complete = (dir: string, env: NodeJS.ProcessEnv = {}): CompleteModels => completeModels(loadConfig(dir, env).values.models, env);

function complaint(lines: string, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    loadConfig(withModels(lines), env);
  } catch (error) {
    if (error instanceof AgentctlError) return error.message.split("\n").map((line) => line.trim());
    throw error;
  }
  return [];
}

test("what is shipped is complete, and its names are there", () => {
  const shipped = complete(folder());
  expect(Object.keys(shipped.tiers)).toEqual(["local-fast", "local-smart", "cloud-smart"]);
  expect(shipped.roles).toEqual({ planner: "cloud-smart", coder: "cloud-smart", critic: "local-smart" });
  expect(Object.entries(shipped.providers).map(([name, { kind, baseUrl, keyEnv }]) => [name, kind, baseUrl, keyEnv])).toEqual([
    ["openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"],
    ["anthropic", "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"],
    ["ollama", "openai", "http://127.0.0.1:11434/v1", undefined],
  ]);
  expect(shipped.prices).toEqual({ "ollama/*": { inputUsd: 0, outputUsd: 0 } });
  expect(modelProblems(shippedModels)).toEqual([]);
});

test("what is given goes over what is shipped, field by field; another kind takes the place whole", () => {
  const dir = withModels(
    "providers:\n  openai: { baseUrl: https://llm.example.org/v1 }\n  ollama: { kind: scripted, file: models/words.yaml }\ntiers:\n  mine: { models: [openai/a/b:c@1], confidenceMin: 0.7 }\nroles: { critic: openai/judge }\n",
  );
  const { providers, tiers, roles, prices } = complete(dir, { OPENAI_BASE_URL: "https://other.example.org" });
  expect(providers["openai"]).toEqual({ kind: "openai", keyEnv: "OPENAI_API_KEY", baseUrl: "https://llm.example.org/v1" });
  expect(providers["ollama"]).toEqual({ kind: "scripted", file: "models/words.yaml" });
  expect(tiers["mine"]).toEqual({ models: ["openai/a/b:c@1"], confidenceMin: 0.7 });
  expect(tiers["cloud-smart"]).toEqual(shippedModels["models.tiers"]["cloud-smart"]);
  expect(roles).toEqual({ planner: "cloud-smart", coder: "cloud-smart", critic: "openai/judge" });
  expect(prices).toEqual({});
});

test("of two prices the narrower one stands first, whatever the order in the file", () => {
  const price = "{ inputUsd: 1, outputUsd: 1 }";
  const dir = withModels(`prices:\n  "*": ${price}\n  openai/*: ${price}\n  openai/gpt-*: ${price}\n  openai/gpt-5.2: ${price}\n`);
  expect(Object.keys(complete(dir).prices)).toEqual(["openai/gpt-5.2", "openai/gpt-*", "ollama/*", "openai/*", "*"]);
});

test("variables that are not ours speak for the providers that they are named after", () => {
  const dir = withModels("providers:\n  gpt: { kind: openai, baseUrl: http://10.0.0.1/v1 }\n  claude: { kind: anthropic }\n");
  const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1", ANTHROPIC_BASE_URL: "http://127.0.0.1:8" };
  const { providers } = complete(dir, env);
  expect(Object.fromEntries(Object.entries(providers).map(([name, { baseUrl }]) => [name, baseUrl]))).toEqual({
    openai: "http://127.0.0.1:9/v1",
    anthropic: "http://127.0.0.1:8",
    ollama: "http://127.0.0.1:11434/v1",
    gpt: "http://10.0.0.1/v1",
    claude: "https://api.anthropic.com",
  });
  expect(() => complete(dir, { OPENAI_BASE_URL: "https://bob:hunter2@example.org" })).toThrowError(
    expect.objectContaining({ code: "workspace/bad-config", message: expect.not.stringContaining("hunter2") as string }),
  );
});

test("an Ollama that is not on this machine has no price, unless one is given", () => {
  const away = "providers:\n  ollama: { baseUrl: http://10.0.0.7:11434/v1 }\n";
  expect(complete(withModels(away)).prices).toEqual({});
  const priced = `${away}prices:\n  "ollama/*": { inputUsd: 0.1, outputUsd: 0.2 }\n`;
  expect(complete(withModels(priced)).prices).toEqual({ "ollama/*": { inputUsd: 0.1, outputUsd: 0.2 } });
});

test.each([
  ["tiers:\n  fast: { models: [opnai/gpt-5.2] }\n", 'agentctl.yaml:3:22  there is no provider "opnai"  (did you mean "openai"?)'],
  ["tiers:\n  fast: { models: [gpt-5.2] }\n", 'agentctl.yaml:3:22  "gpt-5.2" is no provider/model  (e.g. openai/gpt-5.2)'],
  ["tiers:\n  fast: { models: [] }\n", 'agentctl.yaml:3:21  the tier "fast" names no model  (e.g. models: [openai/gpt-5.2])'],
  ["tiers:\n  fast: {}\n", 'agentctl.yaml:3:11  "models.tiers.fast" lacks the key "models"'],
  ["tiers:\n  Fast: { models: [openai/a] }\n", 'agentctl.yaml:3:5  "Fast" is no name of a tier: lower-case letters, digits and -, a letter first'],
  ["roles: { planner: cloud-smrt }\n", 'agentctl.yaml:2:21  there is no tier "cloud-smrt"  (did you mean "cloud-smart"?)'],
  ["roles: { planer: cloud-smart }\n", 'agentctl.yaml:2:12  unknown key "planer" in "models.roles"  (did you mean "planner"?)'],
  ["roles: { critic: olama/x }\n", 'agentctl.yaml:2:20  there is no provider "olama"  (did you mean "ollama"?)'],
  ["prices:\n  openai/x: { inputUsd: -1, outputUsd: 1 }\n", 'agentctl.yaml:3:27  "models.prices.openai/x.inputUsd" must be >= 0, found -1'],
  ["prices:\n  opeanai/*: { inputUsd: 1, outputUsd: 1 }\n", 'agentctl.yaml:3:5  there is no provider "opeanai"  (did you mean "openai"?)'],
  ["prices:\n  gpt: { inputUsd: 1, outputUsd: 1 }\n", 'agentctl.yaml:3:5  "gpt" is no provider/model  (e.g. openai/gpt-5.2, or openai/*)'],
  ["providers:\n  tape: { kind: recorded }\n", 'agentctl.yaml:3:11  the provider "tape" is recorded and lacks the key "file"  (a path inside the workspace)'],
  [
    "providers:\n  tape: { kind: recorded, file: a/../../b.jsonl }\n",
    'agentctl.yaml:3:35  the file of the provider "tape" lies outside the workspace  (a path such as models/answers.yaml)',
  ],
  ["providers:\n  mine: { kind: openai }\n", 'agentctl.yaml:3:11  the provider "mine" lacks the key "baseUrl"  (e.g. http://127.0.0.1:8000/v1)'],
  ["providers:\n  mine: {}\n", 'agentctl.yaml:3:11  the provider "mine" lacks the key "kind"  (openai, anthropic, recorded or scripted)'],
  ["providers:\n  openai: { file: a.yaml }\n", 'agentctl.yaml:3:15  the provider "openai" is of kind openai, which reads no file'],
  [
    "providers:\n  openai: { baseUrl: 'ftp://example.org' }\n",
    'agentctl.yaml:3:24  the address of the provider "openai" begins with ftp:, and models are asked over http: or https:  (e.g. https://api.openai.com/v1)',
  ],
  [
    "providers:\n  openai: { baseUrl: 'https://bob:hunter2@example.org/v1' }\n",
    'agentctl.yaml:3:24  the address of the provider "openai" holds a user name or password; keyEnv names the variable of a key  (e.g. https://api.openai.com/v1)',
  ],
  [
    "providers:\n  openai: { keyEnv: HOME }\n",
    'agentctl.yaml:3:23  "HOME" is no variable for the key of a model: capitals that end in _API_KEY, _KEY or _TOKEN  (e.g. OPENAI_API_KEY)',
  ],
  [
    "providers:\n  openai: { keyEnv: AWS_SECRET_ACCESS_KEY }\n",
    'agentctl.yaml:3:23  "AWS_SECRET_ACCESS_KEY" names a secret that is no key of a model  (e.g. OPENAI_API_KEY)',
  ],
  ["providers:\n  openai: { knd: openai }\n", 'agentctl.yaml:3:15  unknown key "knd" in "models.providers.openai"  (did you mean "kind"?)'],
  ["provider: {}\n", 'agentctl.yaml:2:3  unknown key "provider" in "models"  (did you mean "providers"?)'],
])("says where %j is wrong", (lines, expected) => {
  expect(complaint(lines)).toEqual(["agentctl.yaml cannot be used:", expected]);
});

test("no variable but a key's reaches an endpoint, committed or not", () => {
  const expected =
    'agentctl.yaml:3:24  "models.providers.openai.baseUrl" takes its value from SECRET; models take nothing from variables but their keys, by keyEnv  (write the value out, or set AGENTCTL_MODELS_PROVIDERS)';
  expect(complaint("providers:\n  openai: { baseUrl: 'https://evil.example/${SECRET}' }\n", { SECRET: "hunter2" })).toEqual([
    "agentctl.yaml cannot be used:",
    expected,
  ]);
  expect(complaint("providers: ${PROVIDERS}\n", { PROVIDERS: "{}" })[1]).toContain('"models.providers" takes its value from PROVIDERS');
  expect(complaint("timeoutMs: ${TIME}\n", { TIME: "5000" })).toEqual([]);
});

test("a variable may hold a document; what is wrong in it is said of the variable, and never quoted", () => {
  const env = { AGENTCTL_MODELS_TIERS: '{"mine":{"models":["openai/x"]}}', AGENTCTL_MODELS_ROLES: '{"coder":"mine"}', AGENTCTL_MODELS_TIMEOUT_MS: "2000" };
  const found = complete(folder(), env);
  expect(found.tiers["mine"]).toEqual({ models: ["openai/x"] });
  expect([found.roles.coder, found.timeoutMs]).toEqual(["mine", 2000]);
  const wrong =
    (value: string): (() => unknown) =>
    () =>
      loadConfig(folder(), { AGENTCTL_MODELS_PROVIDERS: value });
  const says = (message: string): object => expect.objectContaining({ code: "workspace/bad-config", exit: "usage", message }) as object;
  expect(wrong("openai")).toThrowError(says("the environment sets AGENTCTL_MODELS_PROVIDERS: models.providers must be a mapping in JSON"));
  expect(wrong('{"x":{"kind":"opnai"}}')).toThrowError(
    says(
      'the environment sets AGENTCTL_MODELS_PROVIDERS: models.providers "models.providers.x.kind" is "opnai"; allowed: openai, anthropic, recorded, scripted',
    ),
  );
  expect(wrong('{"x":{"kind":"openai","baseUrl":"https://bob:hunter2@example.org"}}')).toThrowError(
    says('the environment sets AGENTCTL_MODELS_PROVIDERS: the address of the provider "x" holds a user name or password; keyEnv names the variable of a key'),
  );
});

test("whatever a document holds, it is used or refused in words, and names of Object.prototype are names like any other", () => {
  const word = fc.oneof(fc.constantFrom("openai", "__proto__", "constructor", "toString", "cloud-smart"), fc.string({ maxLength: 12 }));
  const anything = fc.dictionary(word, fc.oneof(fc.object({ maxDepth: 2 }), fc.constant({ models: ["__proto__/x"] }), fc.constant({ kind: "openai" })));
  fc.assert(
    fc.property(fc.constantFrom("PROVIDERS", "TIERS", "ROLES", "PRICES"), anything, (key, document) => {
      try {
        completeModels(loadConfig(folder(), { [`AGENTCTL_MODELS_${key}`]: JSON.stringify(document) }).values.models, {});
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "workspace/bad-config" });
      }
    }),
    { numRuns: 60 },
  );
});

test("hosts of this machine, and no others", () => {
  expect(["localhost", "127.0.0.1", "127.8.8.8", "[::1]"].every(isLoopback)).toBe(true);
  expect(["127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "0.0.0.0"].some(isLoopback)).toBe(false);
});

test("addresses and variables", () => {
  expect(["https://example.org/v1", "http://[::1]:8000/v1"].map(baseUrlProblem)).toEqual([undefined, undefined]);
  expect(["example.org", "file:///etc/passwd", "https://a@b/", "https://b/?key=x", "https://b/#x"].every((url) => baseUrlProblem(url) !== undefined)).toBe(
    true,
  );
  expect(["OPENAI_API_KEY", "HF_TOKEN", "GITHUB_TOKEN", "AZURE_KEY"].map(keyEnvProblem)).toEqual([undefined, undefined, undefined, undefined]);
  const others = ["PATH", "AWS_SECRET_ACCESS_KEY", "NPM_TOKEN", "SSH_PRIVATE_KEY", "openai_api_key", "AGENTCTL_X_KEY", "_KEY", "DATABASE_URL"];
  expect(others.filter((name) => keyEnvProblem(name) === undefined)).toEqual([]);
});
