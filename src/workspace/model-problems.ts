import type { SchemaProblem } from "../base/json-schema.ts";
import { nearest } from "../base/suggest.ts";
import { baseUrlProblem, keyEnvProblem } from "./model-endpoint.ts";
import type { GivenProvider, ModelDocuments } from "./models-schema.ts";

const nameForm = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * What a schema cannot say of the model documents, merged over what is shipped: names that name nothing, with the nearest that do; endpoints that cannot
 * be. Paths are from the top of agentctl.yaml.
 */
export function modelProblems(models: ModelDocuments): SchemaProblem[] {
  const providers = models["models.providers"];
  const tiers = models["models.tiers"];
  return [
    ...Object.entries(providers).flatMap(([name, provider]) => [...nameProblem("provider", "providers", name), ...providerProblems(name, provider)]),
    ...Object.entries(tiers).flatMap(([name, { models: named }]) => [
      ...nameProblem("tier", "tiers", name),
      ...(named.length === 0 ? [problem(["tiers", name, "models"], `the tier "${name}" names no model`, "e.g. models: [openai/gpt-5.2]")] : []),
      ...named.flatMap((model, index) => referenceProblem(["tiers", name, "models", index], model, providers)),
    ]),
    ...Object.entries(models["models.roles"]).flatMap(([role, target]) => roleProblem(role, target, models)),
    ...Object.keys(models["models.prices"]).flatMap((pattern) => priceProblem(pattern, providers)),
  ];
}

function problem(path: readonly (string | number)[], message: string, hint?: string, key = false): SchemaProblem {
  return { path: ["models", ...path], key, message, hint };
}

function nameProblem(what: string, room: string, name: string): SchemaProblem[] {
  if (nameForm.test(name)) return [];
  return [problem([room, name], `${JSON.stringify(name)} is no name of a ${what}: lower-case letters, digits and -, a letter first`, undefined, true)];
}

function providerProblems(name: string, { kind, baseUrl, keyEnv, file }: GivenProvider): SchemaProblem[] {
  const here = ["providers", name];
  if (kind === undefined) return [problem(here, `the provider "${name}" lacks the key "kind"`, "openai, anthropic, recorded or scripted")];
  const offline = kind === "recorded" || kind === "scripted";
  const own = name !== "openai" && kind === "openai";
  const found: SchemaProblem[] = [];
  if (offline && file === undefined) found.push(problem(here, `the provider "${name}" is ${kind} and lacks the key "file"`, "a path inside the workspace"));
  if (!offline && file !== undefined) found.push(problem([...here, "file"], `the provider "${name}" is of kind ${kind}, which reads no file`, undefined, true));
  if (offline && file !== undefined && !isInside(file)) {
    found.push(problem([...here, "file"], `the file of the provider "${name}" lies outside the workspace`, "a path such as models/answers.yaml"));
  }
  if (own && baseUrl === undefined) found.push(problem(here, `the provider "${name}" lacks the key "baseUrl"`, "e.g. http://127.0.0.1:8000/v1"));
  const wrongUrl = baseUrl === undefined ? undefined : baseUrlProblem(baseUrl);
  if (wrongUrl !== undefined) found.push(problem([...here, "baseUrl"], `the address of the provider "${name}" ${wrongUrl}`, "e.g. https://api.openai.com/v1"));
  const wrongKey = keyEnv === undefined ? undefined : keyEnvProblem(keyEnv);
  if (wrongKey !== undefined) found.push(problem([...here, "keyEnv"], `"${keyEnv}" ${wrongKey}`, "e.g. OPENAI_API_KEY"));
  return found;
}

/** Relative, with `/`, and going up nowhere; links are looked at where it is read. */
function isInside(file: string): boolean {
  return !/^([/~\\]|[A-Za-z]:)|[\\\0]/.test(file) && !file.split("/").includes("..");
}

function referenceProblem(path: readonly (string | number)[], model: string, providers: ModelDocuments["models.providers"]): SchemaProblem[] {
  const [provider = "", ...rest] = model.split("/");
  if (rest.join("/") === "" || /\s/.test(model)) return [problem(path, `${JSON.stringify(model)} is no provider/model`, "e.g. openai/gpt-5.2")];
  return Object.hasOwn(providers, provider) ? [] : [unknown(path, "provider", provider, Object.keys(providers))];
}

function roleProblem(role: string, target: string, models: ModelDocuments): SchemaProblem[] {
  const path = ["roles", role];
  if (target.includes("/")) return referenceProblem(path, target, models["models.providers"]);
  const tiers = models["models.tiers"];
  return Object.hasOwn(tiers, target) ? [] : [unknown(path, "tier", target, Object.keys(tiers))];
}

function priceProblem(pattern: string, providers: ModelDocuments["models.providers"]): SchemaProblem[] {
  const [provider = "", ...rest] = pattern.split("/");
  if (pattern === "*") return [];
  if (rest.join("/") === "") return [problem(["prices", pattern], `${JSON.stringify(pattern)} is no provider/model`, "e.g. openai/gpt-5.2, or openai/*", true)];
  if (provider.includes("*") || Object.hasOwn(providers, provider)) return [];
  return [{ ...unknown(["prices", pattern], "provider", provider, Object.keys(providers)), key: true }];
}

function unknown(path: readonly (string | number)[], what: string, name: string, known: readonly string[]): SchemaProblem {
  const near = nearest(name, known);
  return problem(path, `there is no ${what} "${name}"`, near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`);
}
