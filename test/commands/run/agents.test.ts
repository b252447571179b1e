import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentFiles, agentWorkspace, noQueries, shellForAll } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { recordsOf } from "../../support/skills.ts";

const asks = { tools: ["query", "ask_person"] };
const oneQuestion = `
  - call: [{ tool: query, args: { sql: "select 1 as n" } }, { tool: ask_person, args: { question: "Which one?" } }]
  - say: "It is 1 [main.1.1], as they said [main.1.2]."
`;

interface Ended {
  root: string;
  run: string;
  outcome: string;
  end: { outcome: string; answer?: string; why?: string; waitsFor: string[]; iterations: number; toolCalls: number };
}

const start = async (dir: string, expectExit: number | null, ...more: string[]): Promise<Ended> =>
  (await cli(dir, ["run", "start", "Which one is it?", "--agent", "tester", "--json", ...more], { expectExit })).json() as Ended;

test("an objective waits for a person, goes on with the answer, and replays to the byte", async () => {
  const { dir } = agentWorkspace([asks], oneQuestion);
  const waiting = await start(dir, 8);
  expect(waiting.end).toMatchObject({ outcome: "waiting", iterations: 1, toolCalls: 1 });
  const [approval = ""] = waiting.end.waitsFor;
  expect(approval).toMatch(/^a-/);
  // Asked again before anybody has spoken, it waits for the same approval and does nothing twice.
  const again = (await cli(dir, ["run", "resume", waiting.root, "--json"], { expectExit: 8 })).json() as Ended;
  expect(again.end.waitsFor).toEqual([approval]);

  await cli(dir, ["approval", "approve", approval, "--note", "the first one", "--yes"]);
  const done = (await cli(dir, ["run", "resume", waiting.root, "--json"])).json() as Ended;
  expect(done.end).toMatchObject({ outcome: "ok", answer: "It is 1 [main.1.1], as they said [main.1.2].", iterations: 2, toolCalls: 2 });
  expect(done.run).toBe(`${waiting.root}-3`);

  const all = recordsOf(dir).flat();
  expect(all.filter(({ kind }) => kind === "model.asked").length).toBe(2);
  expect(all.filter(({ kind, data }) => kind === "tool.finished" && data["tool"] === "query").length).toBe(1);

  const before = recordsOf(dir).length;
  const replayed = (await cli(dir, ["run", "replay", waiting.root, "--json"])).json();
  expect(replayed).toMatchObject({ identical: true, models: 2, tools: 2, divergences: [], outcome: "ok" });
  expect(recordsOf(dir).length).toBe(before);
  expect((await cli(dir, ["run", "resume", waiting.root], { expectExit: 2 })).stderr).toContain("has its answer");
});

test("a question that is denied is answered with no, and nobody is asked twice", async () => {
  const { dir } = agentWorkspace([asks], oneQuestion);
  const waiting = await start(dir, 8);
  await cli(dir, ["approval", "deny", waiting.end.waitsFor[0] ?? "", "--note", "not your business"]);
  const done = (await cli(dir, ["run", "resume", waiting.root, "--json"])).json() as Ended;
  expect(done.end.outcome).toBe("ok");
  const answer = recordsOf(dir)
    .flat()
    .find(({ kind, data }) => kind === "tool.finished" && data["tool"] === "ask_person");
  expect(answer?.data).toMatchObject({ outcome: "refused", text: expect.stringMatching(/ does not answer: not your business\n/) as string });
});

test("a changed policy, prompt or tool shows in the replay, with the place", async () => {
  const w = agentWorkspace(
    [{ tools: ["query"] }],
    `
  - call: [{ tool: query, args: { sql: "select 1 as n" } }]
  - say: "one [main.1.1]"
`,
  );
  const { root } = await start(w.dir, 0);
  w.write(agentFiles({ tools: ["query"], prompt: "You are somebody else." }));
  w.commit("another prompt");
  const prompt = (await cli(w.dir, ["run", "replay", root, "--json"], { expectExit: 7 })).json() as { divergences: { what: string; key: string }[] };
  expect(prompt.divergences.map(({ what, key }) => `${what} ${key}`)).toEqual(["prompt agent", "prompt main.1", "prompt main.2"]);

  w.write(agentFiles({ tools: ["query"] }));
  w.write(noQueries);
  w.commit("no queries");
  const denied = (await cli(w.dir, ["run", "replay", root, "--json"], { expectExit: 7 })).json() as { divergences: { what: string; message: string }[] };
  expect(denied.divergences.map(({ what, message }) => `${what}: ${message}`)).toEqual([
    "policy: query.run: allow (autonomy/agents-may-read) became deny (tight/no-queries)",
  ]);
});

test("what cannot be called is said to the model, and what may not is denied with the rule", async () => {
  const { dir } = agentWorkspace(
    [{ tools: ["query", "shell"] }],
    `
  - call: [{ tool: launch_rocket, args: {} }, { tool: query, args: { sql: 5 } }, { tool: query, args: { sql: "drop table runs" } }, { tool: shell, args: { command: "id" } }]
  - say: "nothing worked"
`,
  );
  await start(dir, 0);
  const results = recordsOf(dir)
    .flat()
    .filter(({ kind }) => kind === "tool.finished")
    .map(({ data }) => [String(data["tool"]), String(data["outcome"]), String(data["text"])]);
  expect(results.map(([tool, outcome]) => `${tool} ${outcome}`)).toEqual(["launch_rocket invalid", "query invalid", "query failed", "shell denied"]);
  expect(results[0]?.[2]).toContain('there is no tool "launch_rocket" for this agent; there are: query, shell');
  expect(results[1]?.[2]).toContain('"sql" must be string');
  expect(results[3]?.[2]).toContain("rule autonomy/level-2-has-no-shell");
  expect(results[3]?.[2]).toContain("level 3 in agents/tester/agent.yaml");
});

test("a limit ends the run with exit 5 and says which; a tool that the agent wants asked waits although policy allows it", async () => {
  const { dir } = agentWorkspace(
    [{ tools: ["query"], more: "limits: { iterations: 2 }\n" }],
    `
  - { times: 9, call: [{ tool: query, args: { sql: "select 1" } }] }
`,
  );
  const limited = await start(dir, 5);
  expect(limited.end).toMatchObject({ outcome: "limit", why: "main: iterations: 2 of 2 used" });
  const wary = agentWorkspace([{ tools: ["query"], more: "approval: [query]\n" }], oneQuestion);
  const waiting = await start(wary.dir, 8);
  expect(waiting.end.toolCalls).toBe(0);
});

test("an objective is split, its parts share results, and five of them are worked on at once", async () => {
  const { dir } = agentWorkspace(
    [{ tools: ["query"], more: "plan: true\n" }],
    `
  - { role: planner, call: [{ tool: plan, args: { subtasks: [{ id: a, objective: count a }, { id: b, objective: count b }, { id: c, objective: join them, after: [a, b] }] } }] }
  - { objective: "^count", call: [{ tool: query, args: { sql: "select 1 as n" } }] }
  - { objective: "^count", say: "one" }
  - { objective: "^join", say: "two" }
  - say: "all: two"
`,
  );
  const done = await start(dir, 0);
  expect(done.end.answer).toBe("all: two");
  const kinds = recordsOf(dir).flat();
  expect(
    kinds
      .filter(({ kind }) => kind === "subtask.finished")
      .map(({ data }) => data["subtask"])
      .toSorted(),
  ).toEqual(["a", "answer", "b", "c"]);
  expect((await cli(dir, ["run", "replay", done.root, "--json"])).json()).toMatchObject({ identical: true });
});

test("a fork keeps the beginning and goes on otherwise; diff shows where they part", async () => {
  const w = agentWorkspace(
    [{ tools: ["query"] }],
    `
  - call: [{ tool: query, args: { sql: "select 1 as n" } }]
  - say: "it is one [main.1.1]"
`,
  );
  const { root } = await start(w.dir, 0);
  const run = recordsOf(w.dir).find((records) => records[0]?.run === root) ?? [];
  const at = run.findIndex(({ kind }) => kind === "checkpoint.made") + 1;
  w.write({ "other.yaml": 'steps:\n  - { call: [{ tool: query, args: { sql: "select 1 as n" } }] }\n  - say: "it is uno [main.1.1]"\n' });
  w.write({
    "agentctl.yaml": readFileSync(join(w.dir, "agentctl.yaml"), "utf8").replace("providers:", "providers:\n    other: { kind: scripted, file: other.yaml }"),
  });
  w.commit("another model");
  const fork = (await cli(w.dir, ["run", "fork", root, "--at", String(at), "--model", "other/one", "--json"])).json() as Ended;
  expect(fork.end.answer).toBe("it is uno [main.1.1]");
  const forked = recordsOf(w.dir)
    .filter((records) => records[0]?.run === fork.root)
    .flat();
  expect(forked.filter(({ kind }) => kind === "tool.asked")).toEqual([]);
  const diff = (await cli(w.dir, ["run", "diff", root, fork.root, "--json"])).json() as { differences: { key: string }[]; sameAnswer: boolean };
  expect(diff.differences.map(({ key }) => key)).toEqual(["main.2"]);
  expect(diff.sameAnswer).toBe(false);
  expect((await cli(w.dir, ["run", "replay", fork.root, "--json"])).json()).toMatchObject({ identical: true });
  expect((await cli(w.dir, ["run", "fork", root, "--at", "999"], { expectExit: 2 })).stderr).toContain("999 is none of them");
});

test("a fork under other policies is held to both: looser ones allow nothing more", async () => {
  const w = agentWorkspace(
    [{ tools: ["query", "shell"] }],
    `
  - call: [{ tool: query, args: { sql: "select 1 as n" } }, { tool: shell, args: { command: id } }]
  - say: "done"
`,
  );
  const { root } = await start(w.dir, 0);
  w.git("checkout", "-q", "-b", "loose");
  w.write(shellForAll());
  w.commit("shell for all");
  w.git("checkout", "-q", "-b", "strict", "main");
  w.write(noQueries);
  w.commit("no queries");
  w.git("checkout", "-q", "main");
  const outcomes = async (branch: string): Promise<string[]> => {
    const fork = (await cli(w.dir, ["run", "fork", root, "--at", "2", "--policy", branch, "--json"])).json() as Ended;
    return recordsOf(w.dir)
      .filter((records) => records[0]?.run === fork.root)
      .flat()
      .filter(({ kind }) => kind === "tool.finished")
      .map(({ data }) => `${String(data["tool"])} ${String(data["outcome"])}`);
  };
  expect(await outcomes("loose")).toEqual(["query ok", "shell denied"]);
  expect(await outcomes("strict")).toEqual(["query denied", "shell denied"]);
});

test("detached, it answers its id at once; watch follows it to its end", async () => {
  const { dir } = agentWorkspace(
    [{ tools: ["query"] }],
    `
  - call: [{ tool: query, args: { sql: "select 1 as n" } }]
  - say: "one [main.1.1]"
`,
  );
  const { root } = (await cli(dir, ["run", "start", "Which one is it?", "--agent", "tester", "--detach", "--json"])).json() as { root: string };
  const watched = await cli(dir, ["run", "watch", root]);
  expect(watched.stdout).toContain("agent.finished");
  expect((await cli(dir, ["run", "watch", root, "--json"])).json()).toEqual({ run: root, outcome: "ok" });
  expect((await cli(dir, ["run", "stop", root], { expectExit: 2 })).stderr).toContain("is not running");
});

test("what keeps an objective from being asked is an error with its mend", async () => {
  const { dir } = agentWorkspace([{ tools: ["query"] }], "\n  - say: hello\n");
  expect((await cli(dir, ["run", "start", "x", "--agent", "testr"], { expectExit: 2 })).stderr).toContain("did you mean tester?");
  expect((await cli(dir, ["run", "start", "  ", "--agent", "tester"], { expectExit: 2 })).stderr).toContain("the objective is empty");
  expect((await cli(dir, ["run", "start", "x", "--agent", "tester", "--model", "scrip/one"], { expectExit: null })).stderr).toMatch(/script|model/);
  expect((await cli(dir, ["run", "resume", "r-nothing"], { expectExit: 2 })).stderr).toContain("there is no run");
});
