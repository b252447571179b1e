import { afterAll, expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { noticeServer, type NoticeServer } from "../../support/notice-server.ts";
import { notifyAgents, secrets } from "../../support/notify-world.ts";
import { recordsOf } from "../../support/skills.ts";

const open: NoticeServer[] = [];
afterAll(async () => void (await Promise.all(open.map((server) => server.close()))));

async function serve(): Promise<NoticeServer> {
  const server = await noticeServer();
  open.push(server);
  return server;
}

interface Ended {
  root: string;
  end: { outcome: string; waitsFor: string[] };
}

const hook = (url: string, on: string): string => `    hook: { type: webhook, url: "${url}/in", on: ${on} }`;
const start = ["run", "start", "Which one is it?", "--agent", "tester", "--json"];
const titles = ({ notices }: NoticeServer): string[] => notices.map(({ body }) => `${String(body["topic"])}: ${String(body["title"])}`);

test("people hear of a question with what to type, and of the end, once each; the run replays as before", async () => {
  const server = await serve();
  const script = `
  - call: [{ tool: ask_person, args: { question: "Which one?\\n@everyone [click](https://evil.example) \\u202Eelif" } }]
  - say: "the first"
`;
  const { dir } = notifyAgents(hook(server.url, "[approval, run]"), [{ tools: ["ask_person"] }], script);
  const waiting = (await cli(dir, start, { env: secrets, expectExit: 8 })).json() as Ended;
  const [approval = ""] = waiting.end.waitsFor;
  expect(titles(server)).toEqual(["approval: tester has a question"]);
  expect(server.notices[0]?.body).toMatchObject({ agent: "tester", run: waiting.root, approval, command: `agentctl approval show ${approval}` });
  const text = String(server.notices[0]?.body["text"]).split("\n");
  expect(text.slice(0, 2)).toEqual(["| Which one?", "| @\u200Beveryone [click]\u200B(https://evil.example) «U+202E»elif"]);
  expect(text.at(-1)).toMatch(/^One person answers\. Without an answer by \S+Z it is a no\.$/);
  // The same question is told once.
  await cli(dir, ["run", "resume", waiting.root, "--json"], { env: secrets, expectExit: 8 });
  expect(server.notices).toHaveLength(1);
  await cli(dir, ["approval", "approve", approval, "--note", "one", "--yes"], { env: secrets });
  await cli(dir, ["run", "resume", waiting.root], { env: secrets });
  expect(titles(server)).toEqual(["approval: tester has a question", "run: tester ended: ok"]);
  expect(server.notices[1]?.body).toMatchObject({ text: "| the first", command: `agentctl run show ${waiting.root}` });
  expect((await cli(dir, ["run", "replay", waiting.root, "--json"])).json()).toMatchObject({ identical: true });
  const shown = await cli(dir, ["run", "show", waiting.root], { env: secrets });
  expect(shown.stdout).toMatch(/notify\.sent +n-\w+ {2}approval to hook/);
  await cli(dir, ["audit", "verify"]);
});

test("a limit, a budget that comes near its end, and one that is reached are told", async () => {
  const server = await serve();
  const budgets = `name: budgets
description: Small ones.
budgets:
  - { id: month, scope: month, limits: { tokens: 100000 }, alertAt: 0.0001 }
`;
  const script = `
  - { times: 9, call: [{ tool: query, args: { sql: "select 1" } }] }
`;
  const files = { "policies/budgets/policy.yaml": budgets };
  const { dir, write, commit } = notifyAgents(hook(server.url, "[budget]"), [{ tools: ["query"], more: "limits: { iterations: 2 }\n" }], script, files);
  await cli(dir, start, { env: secrets, expectExit: 5 });
  expect(titles(server)).toEqual(["budget: Budget comes near its end: budgets/month", "budget: Limit reached: iterations"]);
  write({ "policies/budgets/policy.yaml": budgets.replace("100000", "10") });
  commit();
  await cli(dir, start, { env: secrets, expectExit: null });
  expect(titles(server).slice(2)[0]).toMatch(/^budget: Budget reached: budgets\/month/);
});

test("an agent reports by itself at level 4, waits for a yes at level 3, may not below, and reaches only channels that are open to agents", async () => {
  const server = await serve();
  const lines = `${hook(server.url, "[agent]")}\n    boss: { type: webhook, url: "${server.url}/boss", on: [halt] }`;
  const script = `
  - call: [{ tool: notify, args: { text: "Sharpe 1.2\\n<!channel> key ${secrets.NOTIFY_TOKEN}" } }, { tool: notify, args: { text: "boss", channel: boss } }]
  - say: "told"
`;
  const agents = [2, 3, 4].map((level) => ({ name: `level-${level}`, level, tools: ["notify"] }));
  const { dir } = notifyAgents(lines, agents, script);
  const ended = async (level: number, expectExit: number): Promise<Ended> =>
    (await cli(dir, ["run", "start", "Tell me", "--agent", `level-${level}`, "--json"], { env: secrets, expectExit })).json() as Ended;
  await ended(2, 0);
  expect(server.notices).toHaveLength(0);
  const { end, root } = await ended(3, 8);
  expect(server.notices).toHaveLength(0);
  await cli(dir, ["approval", "approve", end.waitsFor[0] ?? "", "--yes"], { env: secrets });
  await cli(dir, ["run", "resume", root, "--json"], { env: secrets });
  expect(server.notices).toHaveLength(1);
  await ended(4, 0);
  expect(server.notices.map(({ path, body }) => [path, body["title"], body["agent"]])).toEqual([
    ["/in", "level-3 says", "level-3"],
    ["/in", "level-4 says", "level-4"],
  ]);
  expect(String(server.notices[1]?.body["text"])).toMatch(/^\| Sharpe 1\.2\n\| <\u200B!channel> key «masked:/);
  const results = recordsOf(dir)
    .flat()
    .flatMap(({ kind, data }) => (kind === "tool.finished" ? [`${String(data["outcome"])} ${String(data["text"])}`] : []));
  expect(results.filter((text) => text.startsWith("ok"))).toEqual(["ok on its way to hook", "ok on its way to hook"]);
  expect(results.filter((text) => text.includes("no such channel; channels open to agents: hook"))).toHaveLength(3);
  expect(results.filter((text) => text.startsWith("denied")).join("")).toContain("no rule");
});
