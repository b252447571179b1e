import { expect, test } from "vitest";
import { runAgent } from "../../src/agent/run-agent.ts";
import { isKind } from "../../src/trace/record.ts";
import { agentWorld, testAgent, type WorldOptions } from "../support/agent-world.ts";

const tools = [{ name: "look", description: "Looks.", parameters: { type: "object" } }];
const look = { calls: [{ name: "look", args: { at: "a" } }] };

async function run(options: WorldOptions): Promise<{ end: Awaited<ReturnType<typeof runAgent>>; world: ReturnType<typeof agentWorld> }> {
  const world = agentWorld(options);
  const end = await runAgent({ agent: options.agent ?? testAgent, objective: "look around", tools, ports: world.ports });
  return { end, world };
}

test("acts until it answers; results come back under their keys", async () => {
  const seen: string[] = [];
  const { end, world } = await run({
    model: (request, turn) => {
      seen.push(request.messages.at(-1)?.text ?? "");
      return turn === 0
        ? {
            calls: [
              { name: "look", args: { at: "a" } },
              { name: "look", args: { at: "b" } },
            ],
          }
        : { text: "two things [main.1.1] [main.1.2]" };
    },
    tool: ({ args }) => `saw ${JSON.stringify(args)}`,
  });
  expect(end).toEqual({ outcome: "ok", answer: "two things [main.1.1] [main.1.2]", waitsFor: [] });
  expect(world.effects).toEqual(["main.1.1", "main.1.2"]);
  expect(seen).toEqual(["look around", '[main.1.2] ok\nsaw {"at":"b"}']);
});

test("the last step has no tools, and what comes after it is a limit", async () => {
  const offered: number[] = [];
  const agent = { ...testAgent, limits: { ...testAgent.limits, iterations: 3 } };
  const { end, world } = await run({
    agent,
    model: (request, turn) => {
      offered.push(request.tools.length);
      return { calls: [{ name: "look", args: { at: turn } }] };
    },
  });
  expect(offered).toEqual([1, 1, 0]);
  expect(end).toMatchObject({ outcome: "limit", why: "main: iterations: 3 of 3 used" });
  expect(world.records.filter((record) => isKind(record, "limit.reached"))).toHaveLength(1);
});

test("tokens and money are limits of the whole run", async () => {
  const few = { ...testAgent, limits: { ...testAgent.limits, tokens: 30 } };
  expect((await run({ agent: few, model: (_request, turn) => ({ calls: [{ name: "look", args: { turn } }] }) })).end).toMatchObject({
    why: "main: tokens: 30 of 30 used",
  });
  const poor = { ...testAgent, limits: { ...testAgent.limits, costUsd: 0.002 } };
  expect((await run({ agent: poor, model: (_request, turn) => ({ calls: [{ name: "look", args: { turn } }] }) })).end).toMatchObject({
    why: "main: costUsd: 0.002 of 0.002 used",
  });
});

test("a call that repeats, a reply that is empty or cut off is told to the model", async () => {
  const notes: string[] = [];
  const agent = { ...testAgent, limits: { ...testAgent.limits, iterations: 12 } };
  const { end } = await run({
    agent,
    model: (request, turn) => {
      const last = request.messages.at(-1);
      if (last?.role === "user") notes.push(last.text);
      if (turn < 3) return look;
      return turn === 3 ? { text: " " } : turn === 4 ? { text: "half an ans", finish: "length" } : { text: "whole" };
    },
  });
  expect(end.answer).toBe("whole");
  expect(notes.slice(1)).toEqual([
    "You have called look with the same arguments 3 times; the result does not change. Do something else, or answer.",
    "Your reply was empty. Call a tool, or answer.",
    "Your last reply was cut off at the limit of its length. Say it shorter, or in several steps.",
  ]);
});

test("an answer that its checks refuse is sent back with the reason; one that never fits fails", async () => {
  const heard: string[] = [];
  const mended = await run({
    model: (request, turn) => {
      heard.push(request.messages.at(-1)?.text ?? "");
      return { text: turn === 0 ? "bad" : "good" };
    },
    check: async (_step, answer) => [{ by: "schema", problem: answer === "bad" ? "it is bad" : undefined }],
  });
  expect(mended.end).toMatchObject({ outcome: "ok", answer: "good" });
  expect(heard[1]).toBe("Your answer was not accepted: it is bad\nMend it and answer again.");
  const never = await run({ model: () => ({ text: "bad" }), check: async () => [{ by: "sources", problem: "no source" }] });
  expect(never.end).toMatchObject({ outcome: "failed", why: "main: the answer was not accepted: no source" });
});

test("a critic must accept; silence, an error or a wrong call is no consent", async () => {
  const agent = { ...testAgent, criticRounds: 1 };
  const verdicts = (...said: (object | undefined)[]): WorldOptions["model"] => {
    let n = 0;
    return (request) => {
      if (request.role !== "critic") return { text: `answer ${n}` };
      const args = said[n++];
      return args === undefined ? { text: "fine by me" } : { calls: [{ name: "verdict", args }] };
    };
  };
  expect((await run({ agent, model: verdicts({ accept: false, why: "no figures" }, { accept: true, why: "good" }) })).end).toMatchObject({
    outcome: "ok",
    answer: "answer 1",
  });
  expect((await run({ agent, model: verdicts(undefined, undefined) })).end).toMatchObject({
    outcome: "failed",
    why: "main: the answer was not accepted: the critic gave no verdict",
  });
  expect((await run({ agent, model: verdicts({ accept: "yes" }, { accept: 1 }) })).end.outcome).toBe("failed");
});

test("what waits for people ends the subtask for now and names the approval", async () => {
  const world = agentWorld({ model: () => look });
  const ports = { ...world.ports, act: async () => ({ waits: true as const, approval: "a-1" }) };
  expect(await runAgent({ agent: testAgent, objective: "look", tools, ports })).toEqual({ outcome: "waiting", why: "main: waits for a-1", waitsFor: ["a-1"] });
});

test("what left the window of a model is not on record as if it were sent: such a request is recorded whole", async () => {
  const asked: { sent: number; texts: string[] }[] = [];
  const { world } = await run({
    model: (request, turn) => {
      asked.push({ sent: request.messages.length, texts: request.messages.map(({ text }) => text) });
      return turn < 6 ? { calls: [{ name: "look", args: { at: turn } }] } : { text: "seen" };
    },
    tool: () => "x".repeat(90_000),
  });
  const recorded = world.records.flatMap((record) => (isKind(record, "model.asked") ? [record.data.messages as { text: string }[]] : []));
  expect(asked.at(-1)?.texts.some((text) => text.includes("is left out here"))).toBe(true);
  expect(recorded.at(-1)?.map(({ text }) => text)).toEqual(asked.at(-1)?.texts);
  // As long as nothing has left it, only what is new is recorded.
  expect(recorded[1]?.length).toBeLessThan(asked[1]?.sent ?? 0);
});
