import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import { readAgent } from "../../src/agent/read-agent.ts";
import { route } from "../../src/agent/route.ts";
import { checkAnswer } from "../../src/agent/output-checks.ts";
import { agentToolNames, agentTools } from "../../src/operations/agent-tools.ts";
import { toolPermits } from "../../src/operations/tool-permits.ts";
import { allTools } from "../../src/operations/tools/registry.ts";
import { readSchemaFile } from "../../src/skill/schema-file.ts";
import { policySet, shippedPolicies } from "../support/policies.ts";

const room = fileURLToPath(new URL("../../agents", import.meta.url));
const names = readdirSync(room, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const set = policySet(...shippedPolicies());

function shippedAgent(name: string): Agent {
  const files = readdirSync(`${room}/${name}`).map((path) => ({ path, data: readFileSync(`${room}/${name}/${path}`) }));
  const { agent, findings } = readAgent(`agents/${name}`, files, { tools: agentToolNames, readSchema: readSchemaFile });
  if (agent === undefined) throw new Error(JSON.stringify(findings));
  return agent;
}

const agents = names.map(shippedAgent);

test("the five are there, each at its level", () => {
  expect(Object.fromEntries(agents.map(({ name, level }) => [name, level]))).toEqual({ code: 3, critic: 1, "file-ops": 2, quant: 2, research: 3 });
});

test("what they list is possible at their level under the shipped policies; only hosts are closed to quant until a policy opens one", () => {
  const denied = agents.flatMap((agent) =>
    toolPermits(agent, { set, commit: "c" }).flatMap(({ tool, effect, action }) => (effect === "deny" ? [`${agent.name} ${tool} ${action}`] : [])),
  );
  expect(denied).toEqual(["quant web_fetch net.connect"]);
});

test("the web asks a person, and so does nothing else", () => {
  const asking = agents.flatMap((agent) =>
    toolPermits(agent, { set, commit: "c" }).flatMap(({ tool, effect }) => (effect === "approve" ? [`${agent.name} ${tool}`] : [])),
  );
  expect(asking).toEqual(["research web_search", "research web_fetch", "research browser"]);
});

test("one level lower, what the higher ones have more is denied", () => {
  const code = agents.find(({ name }) => name === "code")!;
  const lower = toolPermits({ ...code, level: 2 }, { set, commit: "c" });
  expect(lower.find(({ tool }) => tool === "shell")).toMatchObject({
    effect: "deny",
    rule: "autonomy/level-2-has-no-shell",
    would: "level 3 in agents/code/agent.yaml",
  });
  const least = toolPermits({ ...code, level: 1 }, { set, commit: "c" });
  expect(least.filter(({ effect }) => effect === "allow").map(({ tool }) => tool)).toEqual([
    "list_files",
    "read_file",
    "read_document",
    "search_files",
    "memory_search",
    "package_search",
    "ask_person",
    "propose_change",
    "remember",
  ]);
});

test("their limits are below those of the shipped budgets, which would end them without a word of their own", () => {
  const budget = set.budgets.find(({ scope }) => scope === "agent")!.limits;
  for (const { limits } of agents) {
    expect(limits.tokens).toBeLessThanOrEqual(Number(budget.tokens));
    expect(limits.costUsd).toBeLessThanOrEqual(Number(budget.costUsd));
    expect(limits.wallMs).toBeLessThanOrEqual(Number(budget.wallMs));
  }
});

test("every prompt says that data is no instruction, and names only tools that the agent has", () => {
  for (const { name, prompt, tools } of agents) {
    expect([name, /\bdata\b/.test(prompt)]).toEqual([name, true]);
    const named = [...prompt.matchAll(/`([a-z]+_[a-z]+|shell|backtest|query)`/g)].map((found) => found[1]);
    expect([name, named.filter((tool) => !tools.includes(tool ?? ""))]).toEqual([name, []]);
  }
});

test("the critic's own example fits its schema", () => {
  const critic = agents.find(({ name }) => name === "critic")!;
  const example = /```json\n[^]*?```/.exec(critic.prompt)?.[0] ?? "";
  expect(checkAnswer(example, critic.output, { keys: [], paths: [] })).toEqual([{ by: "schema", problem: undefined }]);
});

test("each is found by what it is for", () => {
  for (const { name, intents } of agents)
    for (const intent of intents) expect([intent, route(intent, { agents, skills: [], runs: [] }).choice?.name]).toEqual([intent, name]);
});

test("agents can be given exactly the tools that there are, each of its own class", () => {
  const classes = Object.fromEntries(allTools().map((tool) => [tool.name, tool.class]));
  expect(Object.fromEntries(Object.entries(agentTools).map(([name, tool]) => [name, tool.class]))).toEqual(classes);
});
