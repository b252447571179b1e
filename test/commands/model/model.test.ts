import { afterAll, expect, test } from "vitest";
import type { ModelList } from "../../../src/operations/list-models.ts";
import type { TestModelResult } from "../../../src/operations/test-model.ts";
import { cli } from "../../support/cli.ts";
import { modelServer, type ModelServer, type ServedReply } from "../../support/model-server.ts";
import { recordsOf, shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

/** Says three words, or calls the tool that it is given. */
async function words(more: Partial<ServedReply> = {}): Promise<ModelServer> {
  const usage = { input: 30, output: 6 };
  const server = await modelServer(({ body }) => {
    if (body["model"] === "b") return { fault: { kind: "status", status: 404, body: '{"error":{"message":"model b not found"}}' } };
    const said = body["tools"] === undefined ? { say: "one\ntwo\nthree" } : { call: [{ tool: "ready", args: { word: "yes" } }] };
    return { usage, ...said, ...more };
  });
  afterAll(() => server.close());
  return server;
}

const noKeys = { OPENAI_API_KEY: undefined, ANTHROPIC_API_KEY: undefined, OPENAI_BASE_URL: undefined, ANTHROPIC_BASE_URL: undefined };
const prices = "  prices: { mine/*: { inputUsd: 1, outputUsd: 2 } }\n";

/** agentctl.yaml with the provider `mine`, whose tier every role has. */
function config(server: Pick<ModelServer, "url">, more = prices, models = "mine/a, mine/b"): string {
  return `models:\n  providers: { mine: { kind: openai, baseUrl: "${server.url}/v1", keyEnv: MINE_API_KEY } }\n  tiers: { main: { models: [${models}] } }\n  roles: { planner: main, coder: main, critic: main }\n${more}`;
}

function modelWorkspace(text: string, files: Record<string, string> = {}): TestWorkspace {
  return workspace({ "agentctl.yaml": text, ...shipped("policies"), ...files });
}

const env = { ...noKeys, MINE_API_KEY: "mine-correct-horse-battery" };
const budgets = (lines: string, cases: string): Record<string, string> => ({
  "policies/budgets/policy.yaml": `name: budgets\ndescription: what may be spent\nbudgets:\n${lines}`,
  "policies/budgets/cases.yaml": cases,
});

test("model lists tiers, roles, prices with their origin, keys by name only, and the month", async () => {
  const { dir } = modelWorkspace(config({ url: "https://llm.example.org" }));
  const { stdout, stderr } = await cli(dir, ["model"], { env });
  const lines = stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  ").trim());
  expect(lines).toContain("main  planner coder critic  mine/a  1  2  agentctl.yaml:5");
  expect(lines).toContain("local-fast  ollama/qwen3:4b  0  0  no charge");
  expect(lines).toContain("openai/gpt-5.2  1.75  14  price data  OPENAI_API_KEY is not set");
  expect(lines).toContain("mine  openai  https://llm.example.org/v1  MINE_API_KEY is set");
  expect(stdout).toMatch(/^month \d{4}-\d{2} {2}budgets\/month {2}0 USD of 50 USD {2}0 % {2}alert at 80 %$/m);
  expect(stderr).toBe("");
  const json = await cli(dir, ["model", "--json"], { env });
  expect(json.stdout + stdout).not.toContain("correct-horse");
  expect((json.json() as ModelList).tiers.find(({ name }) => name === "main")).toMatchObject({
    roles: ["planner", "coder", "critic"],
    models: [{ model: "mine/a", price: { inputUsd: 1, outputUsd: 2, from: "agentctl.yaml:5" } }, { model: "mine/b" }],
  });
});

test("model works before the first commit, says what nobody knows the price of, and what is not committed", async () => {
  const at = workspace({ "agentctl.yaml": config({ url: "https://llm.example.org" }, "") }, { commit: false });
  const { stdout, stderr } = await cli(at.dir, ["model"], { env });
  expect(stdout).toMatch(/mine\/a +- +- +unknown: refused/);
  expect(stdout).toContain("no budget of a month");
  expect(stderr).toContain("agentctl.yaml:2 sets models.providers to what is not in any commit");
});

test("model test asks each model, shows what it did, and records it; the key is sent and is in no record", async () => {
  const server = await words();
  const { dir } = modelWorkspace(config(server));
  const answer = await cli(dir, ["model", "test", "--json"], { env });
  expect(answer.json()).toMatchObject({
    outcome: "ok",
    models: [
      { model: "mine/a", outcome: "ok", inputTokens: 60, outputTokens: 12, costUsd: 0.000084, toolCalls: "native", firstTextMs: expect.any(Number) as number },
      { model: "mine/b", outcome: "failed", toolCalls: "untried", mend: `look at ${server.url}/v1, and at models.providers.mine in agentctl.yaml` },
    ],
  });
  expect(answer.stderr).toMatch(/^mine\/b {2}failed {2}.*404.*model b not found/m);
  expect(server.requests.map(({ body, headers }) => [body["model"], headers.authorization, (body["tools"] as unknown[] | undefined)?.length])).toEqual([
    ["a", "Bearer mine-correct-horse-battery", undefined],
    ["a", "Bearer mine-correct-horse-battery", 1],
    ["b", "Bearer mine-correct-horse-battery", undefined],
  ]);
  const [records = []] = recordsOf(dir);
  const kinds = records.map(({ kind }) => kind);
  // One host, one answer of policy: recorded once.
  expect(kinds.filter((kind) => kind === "decision.made")).toHaveLength(1);
  expect(kinds.slice(0, 6)).toEqual(["run.started", "model.asked", "decision.made", "budget.reserved", "budget.settled", "model.answered"]);
  expect(records.find(({ kind }) => kind === "decision.made")?.data).toMatchObject({
    effect: "allow",
    request: { action: "model.call", class: "R", host: "127.0.0.1", port: server.port, args: { model: "mine/a", role: "coder" } },
  });
  expect(records.find(({ kind }) => kind === "budget.settled")?.data).toMatchObject({ amounts: { tokens: 36, costUsd: 0.000042 } });
  expect(JSON.stringify(records) + answer.stdout + answer.stderr).not.toContain("correct-horse");
  const month = ((await cli(dir, ["model", "--json"], { env })).json() as ModelList).budgets;
  expect(month).toMatchObject([{ budget: "budgets/month", dimension: "costUsd", state: "below" }]);
  expect(month[0]?.taken).toBeGreaterThanOrEqual(0.000084);
});

test("none answers: exit 1, and the mend", async () => {
  const { dir } = modelWorkspace(config({ url: "http://127.0.0.1:1" }));
  const dead = await cli(dir, ["model", "test", "mine/a"], { env, expectExit: 1 });
  expect(dead.stderr).toMatch(/^mine\/a {2}failed {2}/m);
  const { stderr } = await cli(dir, ["model", "test", "cloud-smart"], { env, expectExit: 1 });
  expect(stderr).toMatch(/^openai\/gpt-5\.2 {2}failed {2}.*OPENAI_API_KEY is not set\nmend {3}export OPENAI_API_KEY=…$/m);
  const unknown = await cli(dir, ["model", "test", "maim"], { env, expectExit: 2 });
  expect(unknown.stderr).toContain('did you mean "main"?');
});

test("a model that calls no tool is said so", async () => {
  const server = await words({ call: [], say: "I would rather not" });
  const { dir } = modelWorkspace(config(server));
  expect(((await cli(dir, ["model", "test", "mine/a", "--json"], { env })).json() as TestModelResult).models).toMatchObject([
    { outcome: "ok", toolCalls: "none" },
  ]);
});

test("an edit on disk sends no prompt anywhere until it is committed, and neither does one that takes away", async () => {
  const server = await words();
  const at = modelWorkspace(config({ url: "https://llm.example.org" }));
  at.write({ "agentctl.yaml": config(server) });
  const refused = await cli(at.dir, ["model", "test", "mine/a"], { env, expectExit: 2 });
  expect(refused.stderr).toMatch(/agentctl\.yaml:2 sets models\.providers to what is not in [0-9a-f]{10}: prompts and keys would go where nobody agreed to/);
  expect(refused.stderr).toContain("mend   commit agentctl.yaml, or set AGENTCTL_MODELS_PROVIDERS");
  expect((await cli(at.dir, ["doctor"], { env, expectExit: null })).stdout).toMatch(/^warn {2}agentctl\.yaml:2 sets models\.providers to what is not in/m);
  at.commit();
  await cli(at.dir, ["model", "test", "mine/a"], { env });
  at.write({ "agentctl.yaml": "" });
  const away = { ...env, OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: "x" };
  expect((await cli(at.dir, ["model", "test", "openai/gpt-5.2"], { env: away, expectExit: 2 })).stderr).toMatch(
    /models\.providers stands in [0-9a-f]{10} and not in agentctl\.yaml/,
  );
  expect(server.requests.every(({ body }) => body["model"] === "a")).toBe(true);
});

test("the environment is the person's own: it may name another endpoint and price without a commit", async () => {
  const server = await words();
  const { dir } = modelWorkspace("");
  const own = { ...noKeys, OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: "k", AGENTCTL_MODELS_PRICES: '{"openai/*":{"inputUsd":3,"outputUsd":3}}' };
  expect(((await cli(dir, ["model", "test", "openai/x", "--json"], { env: own })).json() as TestModelResult).models).toMatchObject([
    { outcome: "ok", costUsd: 0.000216 },
  ]);
});

test("a model without a price is refused with exit 5 and its mend, unless a budget says what to count", async () => {
  const server = await words();
  const at = modelWorkspace(config(server, ""));
  const { stderr } = await cli(at.dir, ["model", "test", "mine/a"], { env, expectExit: 5 });
  expect(stderr).toMatch(/^mine\/a {2}budget {2}the price of this model is unknown and no budget gives a rate/m);
  expect(stderr).toContain('mend   models.prices in agentctl.yaml: "mine/a": { inputUsd: …, outputUsd: … }, then commit');
  expect(server.requests).toEqual([]);
  const rated = "  - { id: month, scope: month, limits: { costUsd: 50 }, rateUsd: 100 }\n";
  at.write(budgets(rated, "- { name: c, reserve: { ask: { costUsd: 60 } }, granted: false, limit: month }\n"));
  at.commit();
  // 36 tokens at 100 dollars per million, twice.
  expect(((await cli(at.dir, ["model", "test", "mine/a", "--json"], { env })).json() as TestModelResult).models).toMatchObject([
    { outcome: "ok", costUsd: 0.0072 },
  ]);
  expect((await cli(at.dir, ["model"], { env })).stdout).toMatch(/mine\/a +100 +100 +rate of a budget/);
});

test("the month: an alert at 80 %, a stop with exit 5 at 100 %, and model shows both", async () => {
  const server = await words({ usage: { input: 30, output: 300 } });
  // An answer takes 300 tokens of 1 dollar per thousand; 1024 of them are set aside before each.
  const text = config(server, "  prices: { mine/*: { inputUsd: 0, outputUsd: 1000 } }\n", "mine/a");
  const monthly = "  - { id: month, scope: month, limits: { costUsd: 2 }, alertAt: 0.8 }\n";
  const { dir } = modelWorkspace(text, budgets(monthly, "- { name: c, reserve: { ask: { costUsd: 3 } }, granted: false, limit: month }\n"));
  const first = await cli(dir, ["model", "test"], { env });
  expect(first.stderr).not.toContain("alert");
  const second = await cli(dir, ["model", "test"], { env });
  expect(second.stderr).toMatch(/^alert {2}budgets\/month: 8\d % of 2 costUsd for the month \d{4}-\d{2} are taken or set aside$/m);
  expect((await cli(dir, ["model"], { env })).stdout).toMatch(/budgets\/month {2}1\.2 USD of 2 USD {2}60 % {2}alert at 80 %$/m);
  const heard = server.requests.length;
  const third = await cli(dir, ["model", "test"], { env, expectExit: 5 });
  expect(third.stderr).toMatch(/^mine\/a {2}budget {2}budgets\/month: 1\.024 costUsd asked, 0\.8 left of 2 for the month/m);
  expect(third.stderr).toContain("mend   agentctl model; the limit stands in policies/budgets/policy.yaml");
  expect(server.requests).toHaveLength(heard);
  expect(
    recordsOf(dir)
      .at(-1)
      ?.map(({ kind }) => kind),
  ).toEqual(["run.started", "model.asked", "decision.made", "budget.reserved", "model.answered", "run.finished"]);
});

test("policy may deny a host: nothing is sent, exit 3", async () => {
  const server = await words();
  const rule = `name: hosts\ndescription: where models may be\nrules:\n  - id: not-there\n    match: { action: model.call, host: "127.0.0.1" }\n    effect: deny\n    reason: no model is asked at {host}\n    examples: { match: [{ action: model.call, host: "127.0.0.1" }] }\n`;
  const cases = '- name: c\n  request: { action: model.call, host: "127.0.0.1", port: 80 }\n  effect: deny\n';
  const { dir } = modelWorkspace(config(server), { "policies/hosts/policy.yaml": rule, "policies/hosts/cases.yaml": cases });
  const { stderr } = await cli(dir, ["model", "test", "main"], { env, expectExit: 3 });
  expect(stderr).toMatch(/^mine\/a {2}denied {2}127\.0\.0\.1:\d+ denied: no model is asked at 127\.0\.0\.1 \(agentctl policy explain d-\w+\)$/m);
  expect(stderr).toContain("mend   agentctl policy check --action model.call --host 127.0.0.1");
  expect(server.requests).toEqual([]);
  expect(recordsOf(dir)[0]?.filter(({ kind }) => kind === "decision.made")).toHaveLength(1);
});

test("what is wrong in models is said with its place and the nearest right word", async () => {
  const { dir } = modelWorkspace("models:\n  tiers: { fast: { models: [opnai/x] } }\n");
  const { stderr } = await cli(dir, ["model"], { env, expectExit: 2 });
  expect(stderr).toContain('agentctl.yaml:2:29  there is no provider "opnai"  (did you mean "openai"?)');
});
