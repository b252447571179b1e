import { expect, test } from "vitest";
import type { AgentCase } from "../../src/evaluation/cases.ts";
import type { AgentEvaluation } from "../../src/evaluation/evaluation.ts";
import type { CaseVerdict } from "../../src/evaluation/judge.ts";
import { requireAgent } from "../../src/operations/agent-shelf.ts";
import { evaluateAgent } from "../../src/operations/evaluate-agent.ts";
import { loadAuthority } from "../../src/operations/load-authority.ts";
import { agentWorkspace, type TestAgent } from "../support/agents.ts";

async function ask(agent: TestAgent, script: string, expected: AgentCase["expect"], returns: Record<string, string> = {}): Promise<CaseVerdict | undefined> {
  const space = agentWorkspace([agent], "  - say: x\n");
  const authority = await loadAuthority(space.dir, {});
  const evaluation: AgentEvaluation = {
    name: "a",
    about: "A test.",
    target: { kind: "agent", name: "tester" },
    cases: [{ name: "c", objective: "Do it.", script: "s.yaml", returns, expect: expected }],
    digest: "",
    files: [{ path: "s.yaml", data: Buffer.from(`steps:\n${script}`) }],
  };
  const [verdict] = await evaluateAgent(evaluation, await requireAgent(authority, "tester"), authority, AbortSignal.any([]));
  return verdict;
}

const reads = "  - call: [{ tool: read_file, args: { path: a.md } }]\n  - { seen: told, say: It is told. }\n";

test("tools give back what the case says, and the answer is the script's", async () => {
  expect(await ask({ tools: ["read_file"] }, reads, { calls: ["read_file"], answer: "told", maxIterations: 2 }, { read_file: "told" })).toEqual({
    name: "c",
    passed: true,
  });
});

test("a tool that the agent is not offered, and arguments that do not fit, are no calls", async () => {
  const say = "  - say: done\n";
  const of = async (tools: string[], args: string): Promise<string | undefined> =>
    (await ask({ tools }, `  - call: [{ tool: read_file, args: ${args} }]\n${say}`, { calls: ["read_file"] }))?.why;
  expect(await of(["list_files"], "{ path: a.md }")).toBe("it could not call read_file");
  expect(await of(["read_file"], "{ pat: a.md }")).toBe("it could not call read_file");
  expect(await of(["read_file"], "{ path: .env }")).toBe("it could not call read_file");
  expect(await of(["read_file"], "{ path: evaluations/a/evaluation.yaml }")).toBe("it could not call read_file");
  expect(await of(["read_file"], "{ path: a.md }")).toBeUndefined();
});

test("the level counts, and what asks a person waits", async () => {
  const write = "  - call: [{ tool: write_file, args: { path: scratch/a, content: x } }]\n  - say: done\n";
  expect((await ask({ tools: ["write_file"], level: 1 }, write, { never: ["write_file"] }))?.passed).toBe(true);
  expect((await ask({ tools: ["write_file"], level: 2 }, write, { never: ["write_file"] }))?.why).toBe("it could call write_file");
  expect((await ask({ tools: ["write_file"], more: "approval: [write_file]\n" }, write, { outcome: "waiting" }))?.passed).toBe(true);
});

test("limits, checks of the answer, and a longer prompt", async () => {
  const endless = "  - { times: 50, call: [{ tool: read_file, args: { path: a.md } }] }\n";
  expect((await ask({ tools: ["read_file"], more: "limits: { iterations: 3 }\n" }, endless, { outcome: "limit", maxIterations: 3 }))?.passed).toBe(true);
  expect((await ask({ tools: ["read_file"], more: "output: { sources: true }\n" }, "  - { times: 9, say: 42 is the figure. }\n", {}))?.why).toBe(
    "it ended failed, not ok",
  );
  const short = { maxTokens: 1_500 };
  expect((await ask({ tools: ["read_file"] }, "  - say: done\n", short))?.passed).toBe(true);
  expect((await ask({ tools: ["read_file"], prompt: "Be careful. ".repeat(1_000) }, "  - say: done\n", short))?.why).toBe("it took more than 1500 tokens");
});

test("a script that has nothing to say fails the case; one that cannot be read is an error with its place", async () => {
  expect((await ask({ tools: ["read_file"] }, "  - { role: critic, say: x }\n", {}))?.why).toBe("it ended failed, not ok");
  await expect(ask({ tools: ["read_file"] }, "  - { sai: x }\n", {})).rejects.toThrow(/evaluations\/a\/s\.yaml/);
});
