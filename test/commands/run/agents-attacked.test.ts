import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { agentFiles, agentWorkspace, noQueries } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { modelServer, type ModelServer, type ServedReply } from "../../support/model-server.ts";
import { recordsOf, shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

interface Ended {
  root: string;
  run: string;
  outcome: string;
  end: { outcome: string; answer?: string; why?: string; waitsFor: string[]; tokens: number };
}

const startWords = ["run", "start", "Which one is it?", "--agent", "tester", "--json"];
const start = async (dir: string, expectExit: number | null, ...more: string[]): Promise<Ended> =>
  (await cli(dir, [...startWords, ...more], { expectExit })).json() as Ended;

const resume = async (dir: string, root: string, expectExit: number): Promise<Ended> =>
  (await cli(dir, ["run", "resume", root, "--json"], { expectExit })).json() as Ended;

const approve = (dir: string, approval: string | undefined): Promise<unknown> => cli(dir, ["approval", "approve", approval ?? "", "--note", "yes", "--yes"]);

const propose = (name: string): string =>
  `{ tool: propose_change, args: { title: ${name} it, rationale: r, files: [{ path: docs/${name}.md, content: ${name} }] } }`;

function all(dir: string): { run: string; kind: string; data: Record<string, unknown> }[] {
  return existsSync(join(dir, ".git/agentctl/journal")) ? recordsOf(dir).flat() : [];
}

function results(dir: string, root: string): string[] {
  return all(dir)
    .filter(({ run, kind }) => (run === root || run.startsWith(`${root}-`)) && kind === "tool.finished")
    .map(({ data }) => `${String(data["tool"])} ${String(data["outcome"])}`);
}

const twoQuestions = `
  - call: [{ tool: ask_person, args: { question: "first?" } }]
  - call: [${propose("one")}]
  - call: [{ tool: ask_person, args: { question: "second?" } }]
  - say: "done [main.2.1]"
`;

test("resumed while halted, a run loses no part: what the part after it did is not done again", async () => {
  const { dir } = agentWorkspace([{ tools: ["ask_person", "propose_change"] }], twoQuestions);
  const first = await start(dir, 8);
  await approve(dir, first.end.waitsFor[0]);
  await cli(dir, ["halt", "--reason", "a look"]);
  expect((await cli(dir, ["run", "resume", first.root], { expectExit: 9 })).stderr).toContain("a look");
  await cli(dir, ["halt", "release", "--reason", "seen", "--yes"], { expectExit: null });
  const second = await resume(dir, first.root, 8);
  await approve(dir, second.end.waitsFor[0]);
  expect((await resume(dir, first.root, 0)).end).toMatchObject({ outcome: "ok", answer: "done [main.2.1]" });
  expect(all(dir).filter(({ kind }) => kind === "proposal.drafted")).toHaveLength(1);
  expect((await cli(dir, ["run", "watch", first.root])).stdout).toContain("agent.finished");
});

test("a run whose part is gone from the record is not gone on with: nobody knows what that part did", async () => {
  const { dir } = agentWorkspace([{ tools: ["ask_person", "propose_change"] }], twoQuestions);
  const first = await start(dir, 8);
  await approve(dir, first.end.waitsFor[0]);
  const second = await resume(dir, first.root, 8);
  rmSync(join(dir, ".git/agentctl/journal", `${second.run}.jsonl`));
  const refused = await cli(dir, ["run", "resume", first.root], { expectExit: 7 });
  expect(refused.stderr).toContain(second.run);
  expect(refused.stderr).toContain("agentctl audit verify");
  expect((await cli(dir, ["run", "fork", first.root, "--at", "3"], { expectExit: 7 })).stderr).toContain(second.run);
});

test("a fork under stricter policies stays under them when it is resumed", async () => {
  const w = agentWorkspace(
    [{ tools: ["query", "ask_person"] }],
    `
  - call: [{ tool: ask_person, args: { question: "go on?" } }]
  - call: [{ tool: query, args: { sql: "select 1 as n" } }]
  - say: "done"
`,
  );
  const { root } = await start(w.dir, 8);
  w.git("checkout", "-q", "-b", "strict");
  w.write(noQueries);
  w.commit("no queries");
  w.git("checkout", "-q", "main");
  const fork = (await cli(w.dir, ["run", "fork", root, "--at", "2", "--policy", "strict", "--json"], { expectExit: 8 })).json() as Ended;
  await approve(w.dir, fork.end.waitsFor[0]);
  await resume(w.dir, fork.root, 0);
  expect(results(w.dir, fork.root)).toEqual(["ask_person ok", "query denied"]);
  expect((await cli(w.dir, ["run", "replay", fork.root, "--json"])).json()).toMatchObject({ identical: true });
});

test("a resumed run has no more than its agent has today: tools, level and limits that were taken away are gone", async () => {
  const w = agentWorkspace(
    [{ tools: ["query", "ask_person"] }],
    `
  - call: [{ tool: ask_person, args: { question: "go on?" } }]
  - { times: 5, call: [{ tool: query, args: { sql: "select 1 as n" } }] }
  - say: "done"
`,
  );
  const { root, end } = await start(w.dir, 8);
  w.write(agentFiles({ tools: ["ask_person"], more: "limits: { iterations: 3 }\n" }));
  w.commit("less");
  await approve(w.dir, end.waitsFor[0]);
  expect((await resume(w.dir, root, 5)).end.why).toContain("iterations: 3 of 3");
  expect(results(w.dir, root)).toEqual(["ask_person ok", "query invalid", "query invalid"]);
  w.git("rm", "-r", "-q", "agents/tester");
  w.commit("gone");
  expect((await cli(w.dir, ["run", "resume", root], { expectExit: 2 })).stderr).toContain('there is no agent "tester"');
});

test("long and strange words of models are shown and recorded, and break nothing", async () => {
  const long = `${"word ".repeat(6000)}\u001b[2J\u202e`;
  const { dir } = agentWorkspace(
    [{ tools: ["query"] }],
    `
  - say: ${JSON.stringify(long)}
    call: [{ tool: query, args: { sql: "select 1 as n" } }]
  - say: ${JSON.stringify(`${long} [main.1.1]`)}
`,
  );
  const objective = `${"x".repeat(399)}😀 \u001b]0;owned\u0007 \u202eevil ${"y".repeat(18_000)}`;
  const shown = await cli(dir, ["run", "start", objective, "--agent", "tester"]);
  const harmless = (text: string): void => {
    for (const sign of ["\u001b", "\u202e"]) expect(text).not.toContain(sign);
  };
  harmless(shown.stdout + shown.stderr);
  const [run = ""] = /r-[0-9a-z]{10}/.exec(shown.stderr) ?? [];
  for (const words of [["run", "show", run], ["run", "watch", run], ["run"]]) harmless((await cli(dir, words)).stdout);
  await cli(dir, ["audit", "verify"]);
});

test("an agent of level 1 proposes, and does nothing else that changes anything", async () => {
  const { dir } = agentWorkspace(
    [{ level: 1, tools: ["propose_change", "write_file", "backtest"] }],
    `
  - call: [${propose("one")}, { tool: write_file, args: { path: scratch/a.md, content: a } }]
  - say: "proposed [main.1.1]"
`,
  );
  const { root } = await start(dir, 0);
  expect(results(dir, root)).toEqual(["propose_change ok", "write_file denied"]);
});

test("a configuration that names no tool is an error, and no run", async () => {
  const w = agentWorkspace([{ tools: ["query"] }], "\n  - say: hello\n");
  w.write({ "agentctl.yaml": `${readFileSync(join(w.dir, "agentctl.yaml"), "utf8")}tools: { off: [quary] }\n` });
  w.commit("misspelt");
  expect((await cli(w.dir, startWords.slice(0, -1), { expectExit: 2 })).stderr).toContain("did you mean query?");
  expect(all(w.dir)).toEqual([]);
  const record = await cli(agentWorkspace([{ tools: ["query"] }], "\n  - say: hello\n").dir, [...startWords.slice(0, -1), "--record", "/dev/null/x"], {
    expectExit: 2,
  });
  expect(record.stderr).toContain("/dev/null/x");
});

test("detached: an objective may begin with a dash, and what keeps a run from starting is said with its own exit", async () => {
  const { dir } = agentWorkspace([{ tools: ["query"] }], "\n  - say: hello\n");
  const { root } = (await cli(dir, ["run", "start", "--agent", "tester", "--detach", "--json", "--", "--detach is what I ask about"])).json() as Ended;
  expect((await cli(dir, ["run", "watch", root, "--json"])).json()).toEqual({ run: root, outcome: "ok" });
  expect(all(dir).find(({ kind }) => kind === "agent.started")?.data["objective"]).toBe("--detach is what I ask about");
  expect((await cli(dir, ["run", "start", "x", "--agent", "testr", "--detach"], { expectExit: 2 })).stderr).toContain("did you mean tester?");
  expect((await cli(dir, ["run", "start", "-", "--agent", "tester", "--detach"], { expectExit: 2, stdin: "x" })).stderr).toContain("no stdin");
  await cli(dir, ["halt", "--reason", "a look"]);
  expect((await cli(dir, ["run", "start", "x", "--agent", "tester", "--detach"], { expectExit: 9 })).stderr).toContain("a look");
});

const servers: ModelServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function served(script: readonly ServedReply[], more = ""): Promise<TestWorkspace> {
  const server = await modelServer(script);
  servers.push(server);
  const models = `profile: small
models:
  providers: { mine: { kind: openai, baseUrl: "${server.url}/v1" } }
  tiers: { test: { models: [mine/a] } }
  roles: { planner: test, coder: test, critic: test }
  prices: { mine/*: { inputUsd: 0, outputUsd: 0 } }
${more}`;
  return workspace({ "agentctl.yaml": models, ...shipped("policies"), ...agentFiles({ tools: ["query"] }) });
}

function filesBelow(folder: string): string {
  if (!existsSync(folder)) return "";
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

test("a secret that a model says is in no file: record, kept answers, cassette, log", async () => {
  const secret = "canary-of-the-model-0123456789";
  const reply: ServedReply = { say: `it is ${secret}\nand ${secret}\n`, think: `so ${secret}` };
  const { dir } = await served([reply, reply], "  cacheTtlMs: 600000\n");
  const env = { CANARY_API_KEY: secret };
  const shown = await cli(dir, [...startWords.slice(0, -1), "--record", "said.jsonl"], { env });
  await cli(dir, [...startWords, "--detach"], { env });
  expect(shown.stdout).toContain("«masked:CANARY_API_KEY");
  expect(filesBelow(join(dir, ".git/agentctl/model-cache"))).toContain("masked:CANARY_API_KEY");
  for (const text of [shown.stdout, shown.stderr, filesBelow(join(dir, ".git/agentctl")), readFileSync(join(dir, "said.jsonl"), "utf8")])
    expect(text).not.toContain(secret);
});

test("whatever a model's server answers, the run ends as a run does, on a record that holds", async () => {
  let deep: unknown = 1;
  for (let level = 0; level < 63; level += 1) deep = { deep };
  const sql = { sql: "select 1 as n" };
  const hostile: ServedReply[] = [
    {
      call: [
        { tool: "t".repeat(900_000), args: {} },
        { tool: `${"q".repeat(63)}😀${"r".repeat(40)}`, args: {} },
      ],
    },
    { call: Array.from({ length: 64 }, () => ({ id: "same", tool: "query", args: sql })) },
    {
      call: [
        { tool: "query", args: JSON.stringify({ sql: deep }) },
        { tool: "query", args: '{"sql":"\\ud800"}' },
        { tool: "query", args: '{"__proto__":1}' },
      ],
    },
    { call: [{ tool: "query", args: '{"__proto__":1}' }] },
    { say: "last \ud83d words" },
  ];
  const { dir } = await served(hostile);
  const ended = await cli(dir, startWords, { expectExit: null });
  expect(ended.stdout).not.toContain("base/bug");
  expect([0, 1]).toContain(ended.exitCode);
  const { root } = ended.json() as Ended;
  expect(results(dir, root).filter((result) => result === "query ok").length).toBeGreaterThan(60);
  const replayed = (await cli(dir, ["run", "replay", root, "--json"], { expectExit: null })).json() as { divergences: unknown[] };
  expect(replayed.divergences).toEqual([]);
  await cli(dir, ["audit", "verify"]);
}, 300_000);

test("eight megabytes of words are no answer", async () => {
  const { dir } = await served([{ say: "word ".repeat(1_700_000), chunk: 100_000 }]);
  const ended = await cli(dir, startWords, { expectExit: null });
  expect(ended.exitCode).toBe(1);
  expect((ended.json() as Ended).end.why).toContain("bytes");
  await cli(dir, ["audit", "verify"]);
}, 300_000);

test("eight subtasks that all wait are all said, and go on with all their answers", async () => {
  const ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const { dir } = agentWorkspace(
    [{ tools: ["ask_person"], more: "plan: true\n" }],
    `
  - { role: planner, call: [{ tool: plan, args: { subtasks: [${ids.map((id) => `{ id: ${id}, objective: part ${id} }`).join(", ")}] } }] }
  - { objective: "^part", call: [{ tool: ask_person, args: { question: "go on?" } }] }
  - { objective: "^part", say: "one" }
  - say: "eight"
`,
  );
  const waiting = await start(dir, 8);
  expect(new Set(waiting.end.waitsFor).size).toBe(8);
  for (const approval of waiting.end.waitsFor) await approve(dir, approval);
  expect((await resume(dir, waiting.root, 0)).end.answer).toBe("eight");
  expect((await cli(dir, ["run", "replay", waiting.root, "--json"])).json()).toMatchObject({ identical: true });
}, 300_000);
