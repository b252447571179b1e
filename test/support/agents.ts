import { shipped } from "./skills.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

/** agentctl.yaml of a workspace whose models do what script.yaml says. */
export const scriptedModels = `profile: small
models:
  providers:
    script: { kind: scripted, file: script.yaml }
  tiers:
    test: { models: [script/one] }
  roles: { planner: test, coder: test, critic: test }
`;

export interface TestAgent {
  name?: string;
  tools: readonly string[];
  level?: number;
  /** More lines of agent.yaml. */
  more?: string;
  prompt?: string;
}

/** The files of an agent. */
export function agentFiles({ name = "tester", tools, level = 2, more = "", prompt = "You work for tests." }: TestAgent): Record<string, string> {
  const yaml = `name: ${name}\ndescription: An agent that works for the tests of agentctl.\nversion: 1.0.0\nlevel: ${level}\ntools: [${tools.join(", ")}]\n${more}`;
  return { [`agents/${name}/agent.yaml`]: yaml, [`agents/${name}/prompt.md`]: `${prompt}\n` };
}

/** A committed workspace with the shipped policies, agents of a test, and a model that follows `script` (the YAML of its steps). */
export function agentWorkspace(agents: readonly TestAgent[], script: string, files: Record<string, string> = {}): TestWorkspace {
  const own = Object.assign({}, ...agents.map(agentFiles)) as Record<string, string>;
  return workspace({ "agentctl.yaml": scriptedModels, ...shipped("policies"), ...own, "script.yaml": `steps:\n${script}`, ...files });
}

/** A policy that keeps agents from asking the record. */
export const noQueries: Record<string, string> = {
  "policies/tight/policy.yaml": `name: tight
description: Keeps agents from the record.
rules:
  - id: no-queries
    match: { action: query.run, actor: agent }
    effect: deny
    reason: agents do not ask the record here
    examples:
      match: [{ action: query.run, actor: { kind: agent, name: tester, level: 2 } }]
`,
  "policies/tight/cases.yaml":
    "- name: an agent asks\n  request: { action: query.run, actor: { kind: agent, name: tester, level: 2 } }\n  effect: deny\n  rule: no-queries\n",
  "policies/tight/README.md": "# tight\n",
};

/** Policies without the rule that keeps a shell from agents below level 3. */
export function shellForAll(): Record<string, string> {
  const path = "policies/autonomy/policy.yaml";
  const text = shipped("policies")[path] ?? "";
  return {
    [path]: text.replace(/ {2}- id: level-2-has-no-shell[\s\S]*?(?=\n {2}- id:)\n/, ""),
    "policies/autonomy/cases.yaml": "- name: any\n  request: { action: order.place }\n  effect: deny\n",
  };
}
