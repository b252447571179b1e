import { beforeAll, expect, test } from "vitest";
import { tasksOf } from "../../src/operations/improve-novel.ts";
import { questions } from "../../src/operations/improve-questions.ts";
import type { Sighting } from "../../src/proposal/opportunity.ts";
import { ask } from "../../src/trace/ask.ts";
import { askOwn } from "../../src/trace/own-question.ts";
import { agentRecord, improveWorld, lastWords, type ImproveWorld, type RecordedAgent } from "../support/improve.ts";
import { skillFinished, started } from "../support/record.ts";

const since = "2000-01-01T00:00:00.000Z";
let world: ImproveWorld;

async function found(id: string, from = since): Promise<Sighting[]> {
  const question = questions.find((each) => each.id === id)!;
  const [rows = []] = await askOwn(world.state.stateDir, [question.sql(from)], question.views);
  return question.sightings(rows);
}

async function call(
  run: string,
  outcome: "ok" | "failed" | "cancelled",
  more: { durationMs?: number; trust?: "own" | "untrusted"; skill?: string; purpose?: "replay" } = {},
): Promise<void> {
  const { durationMs = 29_000, trust = "own", skill = "slow", purpose } = more;
  const journal = world.state.begin(run);
  await journal.append("run.started", { ...started, command: `skill run ${skill}` });
  const base = { call: "c-1", skill, digest: "d".repeat(64), trust, decision: "d-1", runner: "python", image: "sha256:0", command: [], input: { n: 1 } };
  await journal.append("skill.started", { ...base, limits: { timeoutMs: 30_000 }, ...(purpose && { purpose }) });
  await journal.append("skill.finished", { ...skillFinished, call: "c-1", skill, outcome, durationMs, stderr: "" });
  await journal.append("run.finished", { outcome: "ok", durationMs: 10 });
  journal.close();
}

const agent = (root: string, run: RecordedAgent): Promise<void> => agentRecord({ state: world.state, root, run });
const vain = (args: unknown, times: number): RecordedAgent["calls"] =>
  Array.from({ length: times }, () => ({ tool: "query", outcome: "failed" as const, text: "Binder Error: no column x", args }));

beforeAll(async () => {
  world = improveWorld("  - say: no");
  await world.fails("r-aaaaaaaaaa");
  await world.fails("r-bbbbbbbbbb");
  await world.fails("r-cccccccccc", { stderr: "" });
  await world.fails("r-dddddddddd", { command: "skill test broken" });
  await world.fails("r-eeeeeeeeee", { command: "proposal gate p-1" });
  await world.fails("r-ffffffffff", { name: "../evil" });
  for (const n of [1, 2, 3]) await call(`r-s${n}`, "ok");
  for (const n of [4, 5]) await call(`r-s${n}`, "failed");
  await call("r-s6", "cancelled");
  await call("r-s8", "failed", { purpose: "replay", skill: "judged" });
  await call("r-s7", "failed", { trust: "untrusted", skill: "strange" });

  await agent("r-q1", { calls: vain({ sql: "select 1" }, 3), limit: "iterations", gaveUp: "no data", rejected: ["no source", "no source"] });
  await agent("r-q2", { calls: vain({ sql: "select 22" }, 2), limit: "iterations", gaveUp: "no data", rejected: ["no source again"] });
  await agent("r-q3", {
    calls: [
      { tool: "made_up", outcome: "invalid", made: false },
      { tool: "query", outcome: "denied" },
    ],
    costUsd: 5,
  });
  for (const n of [1, 2, 3]) await agent(`r-n${n}`, { objective: `Count the holidays in ${2000 + n} for the exchange in Oslo`, agent: "other" });
  for (const n of [1, 2, 3]) await agent(`r-y${n}`, { calls: [{ tool: "web_fetch", approval: `a-${n}` }], objective: `${"abc"[n - 1]!.repeat(9)} things` });
  await agent("r-no", { calls: [{ tool: "shell", approval: "a-9" }], objective: "shells" });

  const drafter = world.state.begin("r-improve");
  await drafter.append("run.started", { ...started, command: "improve" });
  const opportunity = { opportunity: "o-1", kind: "failure", about: "skill broken", count: 1, signature: "0".repeat(24), state: "chosen" };
  await drafter.append("improve.analysed", { since, questions: [], chosen: 1, opportunities: [{ ...opportunity, drafts: "r-draft" }, opportunity] });
  await drafter.append("run.finished", { outcome: "ok", durationMs: 1 });
  drafter.close();
  await agent("r-draft", { agent: "code", calls: vain({ sql: "x" }, 5) });
});

test("skills that failed are found with their last words and input; tests, gates and names that are none are not", async () => {
  const failures = await found("skill-failures");
  expect(failures.filter(({ name }) => name === "broken").toSorted((a, b) => b.count - a.count)).toMatchObject([
    {
      kind: "failure",
      subject: "skill",
      text: "KeyError: 'adj_close'",
      quote: lastWords,
      input: '{"file":"a.csv"}',
      count: 2,
      runs: ["r-bbbbbbbbbb", "r-aaaaaaaaaa"],
    },
    { text: "outcome failed", count: 1, runs: ["r-cccccccccc"] },
  ]);
  expect(failures.map(({ name }) => name)).not.toContain("../evil");
  expect(failures.map(({ name }) => name)).not.toContain("strange");
  expect(failures.map(({ name }) => name)).not.toContain("judged");
  expect(failures.every(({ lastMs }) => lastMs > Date.now() - 60_000)).toBe(true);
  expect(await found("skill-failures", new Date(Date.now() + 60_000).toISOString())).toEqual([]);
});

test("flaky and slow skills are found", async () => {
  expect(await found("flaky-skills")).toMatchObject([{ kind: "flaky", name: "slow", count: 2, runs: ["r-s5", "r-s4"] }]);
  expect(await found("slow-skills")).toMatchObject([{ kind: "slow-skill", name: "slow", count: 6 }]);
});

test("struggles of agents are found, and not those of drafts: in vain, at limits, given up, not accepted", async () => {
  expect(await found("tool-failures")).toMatchObject([
    { kind: "failure", subject: "tool", name: "query", agent: "quant", text: "Binder Error: no column x", count: 5, runs: ["r-q2", "r-q1"] },
  ]);
  expect(await found("repeated-calls")).toMatchObject([{ kind: "struggle", subject: "tool", name: "query", agent: "quant", count: 3, runs: ["r-q1"] }]);
  expect(await found("limits-reached")).toMatchObject([{ subject: "agent", name: "quant", text: "reaches its limit iterations", count: 2 }]);
  expect(await found("given-up")).toMatchObject([{ subject: "agent", name: "quant", text: "no data", count: 2 }]);
  expect(await found("rejected-answers")).toMatchObject([{ name: "quant", text: "answers are not accepted by critic", quote: "no source again", count: 3 }]);
  expect(await found("costly-agents")).toMatchObject([{ kind: "costly", name: "quant" }]);
});

test("what people always allow is found, once is no rule", async () => {
  expect(await found("asked-and-allowed")).toMatchObject([
    { kind: "denied-then-allowed", subject: "policy", name: "tool.call", agent: "quant", text: "tool.call web_fetch (class W)", count: 3 },
  ]);
});

test("objectives that come again and again are one task, whatever order they are read in", async () => {
  const [task, ...others] = await found("novel-tasks");
  expect(others).toEqual([]);
  expect(task).toMatchObject({ kind: "novel-task", subject: "objective", count: 3, runs: ["r-n3", "r-n2", "r-n1"] });
  expect(task?.text).toBe("count exchang holida oslo");
  const given = ["count the holidays of Oslo", "count holidays of Oslo please", "the holidays of Oslo, count them", "draw a chart"].map(
    (objective, startedMs) => ({
      run: `r-${startedMs}`,
      objective,
      startedMs,
      costUsd: 1,
    }),
  );
  expect(tasksOf(given)).toEqual(tasksOf(given.toReversed()));
  expect(tasksOf(given)).toMatchObject([{ count: 3, costUsd: 3, quote: "the holidays of Oslo, count them" }]);
  expect(tasksOf([])).toEqual([]);
});

test("each question can be typed by a person, and answers the columns that it names", async () => {
  for (const { id, columns, sql } of questions) {
    const answer = await ask(world.state.stateDir, sql(since));
    expect([id, answer.columns.map(({ name }) => name)]).toEqual([id, columns]);
  }
});
