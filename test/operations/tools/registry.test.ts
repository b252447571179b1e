import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { schemaFault, type JsonSchema } from "../../../src/base/json-schema.ts";
import { isMapping } from "../../../src/base/mapping.ts";
import { requireYaml } from "../../../src/base/document.ts";
import { riskClasses } from "../../../src/policy/request.ts";
import { agentTools } from "../../../src/operations/agent-tools.ts";
import { allTools, toolsDigest, toolsFor } from "../../../src/operations/tools/registry.ts";
import { loadConfig } from "../../../src/workspace/config.ts";
import { files, imports } from "../../house/source.ts";
import { shipped } from "../../support/skills.ts";
import { folder, workspace } from "../../support/workspace.ts";
import { inContext } from "./in-context.ts";

const policyCases = Object.entries(shipped("policies"))
  .filter(([path]) => path.endsWith("/cases.yaml"))
  .flatMap(([path, text]) => requireYaml({ path, text }, "").value as { request?: { action: string; tool?: string; class?: string } }[]);

describe.each(allTools().map((tool) => [tool.name, tool] as const))("%s", (name, tool) => {
  test("has one name, one class and a short description in words", () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(riskClasses).toContain(tool.class);
    expect(tool.description.length).toBeGreaterThan(40);
    expect(tool.description.length).toBeLessThan(600);
  });

  test("has a closed schema: no object in it takes what it does not name, no text and no list is without bound", () => {
    expect(schemaFault(tool.parameters)).toBeUndefined();
    expect(tool.parameters).toMatchObject({ type: "object", additionalProperties: false });
    expect(openPlaces(tool.parameters, name)).toEqual([]);
  });

  test("has a case in the policies, with its class", () => {
    expect(policyCases.filter(({ request }) => request?.action === "tool.call" && request.tool === name && request.class === tool.class)).not.toEqual([]);
  });
});

/** Where a schema takes anything; `input` of a skill is checked against the skill's own. */
function openPlaces(schema: JsonSchema, place: string): string[] {
  const type = schema["type"];
  const own =
    (type === "object" && !("additionalProperties" in schema) && place !== "run_skill.input") ||
    (type === "string" && !("maxLength" in schema || "enum" in schema)) ||
    (type === "array" && !("maxItems" in schema)) ||
    ((type === "integer" || type === "number") && !("maximum" in schema));
  const properties = Object.entries(isMapping(schema["properties"]) ? schema["properties"] : {});
  const inner = properties.flatMap(([name, member]) => openPlaces(member as JsonSchema, `${place}.${name}`));
  const items = isMapping(schema["items"]) ? openPlaces(schema["items"], `${place}[]`) : [];
  return [...(own ? [place] : []), ...inner, ...items];
}

test("the list costs little: what a tool needs to act is loaded when it runs", () => {
  const known = new Set(files(/^src\/.*\.ts$/));
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file) || !known.has(file)) return;
    reached.add(file);
    for (const { to, topLevel } of imports(file)) if (topLevel) visit(to);
  };
  visit("src/operations/tools/registry.ts");
  const heavy = [...reached].filter((file) => /^src\/(runner|trace|market|workspace|backtest|skill|scan)\//.test(file));
  expect(heavy).toEqual([]);
});

test("agents are checked and shown with these very tools, and their classes", () => {
  const classes = Object.fromEntries(allTools().map(({ name, class: riskClass }) => [name, riskClass]));
  expect(Object.fromEntries(Object.entries(agentTools).map(([name, { class: riskClass }]) => [name, riskClass]))).toEqual(classes);
});

test("every file that defines a tool is in the list", () => {
  const defining = execFileSync("grep", ["-lE", "^export const \\w+: Tool\\b", "-r", "src/operations/tools"], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    encoding: "utf8",
  })
    .trim()
    .split("\n");
  expect(defining.every((file) => dirname(file) === "src/operations/tools")).toBe(true);
  expect(allTools().length).toBe(defining.length);
});

describe("the tools of an agent", () => {
  const config = (yaml: string, env = {}) => {
    const dir = folder();
    return loadConfig(workspace({ "agentctl.yaml": yaml }, { commit: false, dir }).dir, env);
  };
  const named = (agent: string[], yaml: string, env = {}): string[] => toolsFor({ name: "quant", tools: agent }, config(yaml, env)).map(({ name }) => name);

  test("are those that it names and the configuration leaves on, by name", () => {
    expect(named(["query", "backtest", "web_fetch"], "profile: small\n")).toEqual(["backtest", "query", "web_fetch"]);
    expect(named(["query", "backtest", "web_fetch"], "tools:\n  off: [web_fetch]\n")).toEqual(["backtest", "query"]);
    expect(named(["query", "web_fetch"], "profile: small\n", { AGENTCTL_TOOLS_OFF: "query, web_fetch" })).toEqual([]);
  });

  test("a name that is none is an error with the nearest, and with its place", () => {
    expect(() => named(["query"], "tools:\n  off: [web_fetsh]\n")).toThrow(
      expect.objectContaining({
        code: "workspace/bad-config",
        exit: "usage",
        message: expect.stringContaining('tools.off (agentctl.yaml:2) names "web_fetsh"'),
        hint: "did you mean web_fetch?",
      }),
    );
    expect(() => named(["qwery"], "profile: small\n")).toThrow(
      expect.objectContaining({ code: "agent/unknown-tool", exit: "usage", hint: "did you mean query?" }),
    );
  });

  test("have one digest, whatever their order, and another one when a word changes", () => {
    const [first, ...rest] = allTools();
    expect(toolsDigest([...allTools()].toReversed())).toBe(toolsDigest(allTools()));
    expect(toolsDigest([{ ...first!, description: `${first!.description}!` }, ...rest])).not.toBe(toolsDigest(allTools()));
    expect(toolsDigest(rest)).not.toBe(toolsDigest(allTools()));
  });
});

test("ask_person asks policy nothing more, and does not run", async () => {
  const { dir } = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies") });
  const tool = allTools().find(({ name }) => name === "ask_person")!;
  expect(allTools().filter(({ asksPerson }) => asksPerson === true)).toEqual([tool]);
  await inContext(dir, {}, async (context) => {
    expect(await tool.actions({ question: "which?" }, context)).toEqual([]);
    await expect(tool.run({ question: "which?" }, context)).rejects.toMatchObject({ code: "tool/asks-person" });
  });
});
