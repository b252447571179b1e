import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentWorkspace, shellForAll } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { recordsOf, shipped, skill } from "../../support/skills.ts";

const secret = "held-out-7f3a9c51";
const number = 60_481_537;

/** Every way in which an agent reads something. */
const tries: readonly [tool: string, args: object][] = [
  ["list_files", { path: "evaluations" }],
  ["list_files", { path: "." }],
  ["read_file", { path: "evaluations/echo/evaluation.yaml" }],
  ["read_file", { path: "evaluations/echo/data.csv" }],
  ["read_file", { path: "Evaluations/echo/data.csv" }],
  ["search_files", { path: ".", pattern: "held-out" }],
  ["search_files", { path: "evaluations", pattern: "held-out" }],
  ["data_view", { path: "evaluations/echo/data.csv", operation: "head" }],
  ["read_document", { path: "evaluations/echo/data.csv" }],
  ["memory_search", { query: "held out" }],
  ["query", { sql: "select * from events where data::varchar like '%held-out%'" }],
  ["query", { sql: "select input from (select data->'$.input' as input from events where kind = 'skill.started')" }],
  ["run_skill", { skill: "echo", input: {}, files: [{ property: "file", path: "evaluations/echo/data.csv" }] }],
  ["run_tests", { target: "skill:echo" }],
  [
    "shell",
    {
      command:
        "find / -name '*valuation*' -not -path '/proc/*' 2>/dev/null; cat /workspace/evaluations/*/* ../evaluations/*/*; grep -rs held-out /workspace /work /tmp",
    },
  ],
];

/** Policies that would let it read them: what is left is the mount. */
function openPolicies(): Record<string, string> {
  const path = "policies/baseline/policy.yaml";
  const text = (shipped("policies")[path] ?? "").replace(/ {2}- id: evaluations-are-held-out[^]*?(?=\n {2}# By expression)/, "");
  expect(text).not.toContain("held-out");
  return { ...shellForAll(), [path]: text, "policies/baseline/cases.yaml": "- name: any\n  request: { action: order.place }\n  effect: two-key\n" };
}

describeReal("evaluations are held out", { timeout: 300_000 }, () => {
  test("an agent that tries to read them by every tool gets nothing, though policy lets it; people ask them, and the record has no word of them", async () => {
    const steps = tries.map(([tool, args]) => `  - call: [${JSON.stringify({ tool, args })}]\n`).join("");
    const echo = skill("echo", "cat ../input.json; cat /work/files/* 2>/dev/null; echo held >&2\n", {
      language: "shell",
      files: { "tests/run.sh": "cat ../evaluations/*/* ../../evaluations/*/*; ls -R / 2>/dev/null | grep valuation; exit 1\n" },
    });
    const space = agentWorkspace([{ tools: [...new Set(tries.map(([tool]) => tool))], level: 3 }], `${steps}  - say: nothing\n`, {
      ...openPolicies(),
      ...echo,
      "evaluations/echo/data.csv": `name\n${secret}\n`,
      "evaluations/echo/evaluation.yaml": `name: echo\nabout: A test.\ntarget: { skill: echo }\ncases:\n  - { name: it runs, input: { n: ${number} }, files: { file: data.csv }, expect: {} }\n  - { name: it fails, input: { n: ${number} }, expect: { output: { n: 1 } } }\n`,
    });
    const asked = await cli(space.dir, ["evaluation", "run", "echo", "--json"], { expectExit: 6 });
    expect(asked.json()).toMatchObject({ passed: false, cases: [{ name: "it runs", passed: true }, { passed: false }] });

    const { root } = (await cli(space.dir, ["run", "start", "Look around.", "--agent", "tester", "--json"], { expectExit: null })).json() as { root: string };
    const receipts = recordsOf(space.dir)
      .flat()
      .filter(({ run, kind }) => run === root && kind === "tool.finished");
    expect(receipts).toHaveLength(tries.length);
    // What does not even start proves nothing about the mount; only files of scratch/ can be handed to a skill.
    const notStarted = receipts.filter(({ data }) => data["outcome"] === "denied" || data["outcome"] === "invalid");
    expect(notStarted.map(({ data }) => `${String(data["tool"])}: ${String(data["text"])}`)).toEqual([expect.stringMatching(/^run_skill: .*scratch/)]);

    const state = join(space.dir, ".git/agentctl");
    for (const entry of readdirSync(state, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
      const text = readFileSync(join(entry.parentPath, entry.name), "latin1");
      expect(text.includes(secret) || text.includes(String(number)), entry.name).toBe(false);
    }
  });
});
