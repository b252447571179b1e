import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlan } from "../../src/agent/planner.ts";
import { runAgent, subtasksAtOnce, workThrough } from "../../src/agent/run-agent.ts";
import { agentWorld, testAgent } from "../support/agent-world.ts";

const plan = (...subtasks: object[]): unknown => ({ subtasks });

test("a plan is a graph without circles, of known subtasks", () => {
  const good = readPlan(plan({ id: "a", objective: "x" }, { id: "b", objective: "y", after: ["a", "a"] }));
  expect(good).toEqual({
    subtasks: [
      { id: "a", objective: "x", after: [] },
      { id: "b", objective: "y", after: ["a"] },
    ],
  });
  const problem = (args: unknown): string => (readPlan(args) as { problem: string }).problem;
  expect(problem(plan({ id: "a", objective: "x", after: ["b"] }, { id: "b", objective: "y", after: ["a"] }))).toBe(
    "the subtasks wait for each other in a circle",
  );
  expect(problem(plan({ id: "a", objective: "x", after: ["a"] }))).toBe("a comes after a, which is no other subtask");
  expect(problem(plan({ id: "a", objective: "x" }, { id: "a", objective: "y" }))).toBe("two subtasks have one id");
  expect(problem(plan({ id: "answer", objective: "x" }))).toContain("are taken");
  expect(problem(plan({ id: "../x", objective: "x" }))).toContain("does not match");
  expect(problem(undefined)).toContain("must be object");
});

test("any value is read as a plan or refused with a reason", () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 3 }), (args) => {
      const read = readPlan(args);
      expect("problem" in read ? read.problem.length > 0 : read.subtasks.length > 0).toBe(true);
    }),
  );
});

test("subtasks run in the order of dependency, at most five at once; what comes after a failure is skipped wherever it stands", async () => {
  let running = 0;
  let most = 0;
  const order: string[] = [];
  const many = Array.from({ length: 8 }, (_, index) => ({ id: `p${index}`, objective: "x", after: [] as string[] }));
  const subtasks = [
    { id: "late", objective: "x", after: ["skipped"] },
    { id: "skipped", objective: "x", after: ["bad"] },
    ...many,
    { id: "bad", objective: "x", after: ["p0"] },
    { id: "end", objective: "x", after: ["p7"] },
  ];
  const ends = await workThrough(subtasks, async ({ id }) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    order.push(id);
    return id === "bad" ? { outcome: "failed", why: "broken" } : { outcome: "ok", answer: id };
  });
  expect(most).toBe(subtasksAtOnce);
  expect(order.indexOf("p7")).toBeLessThan(order.indexOf("end"));
  expect(
    [...ends]
      .filter(([, end]) => end.outcome === "skipped")
      .map(([id]) => id)
      .toSorted(),
  ).toEqual(["late", "skipped"]);
  expect(ends.get("late")).toEqual({ outcome: "skipped", why: "a subtask before it ended skipped" });
});

test("a planner that gives no plan in two tries, or one part, leaves the objective whole", async () => {
  const agent = { ...testAgent, plan: true };
  const said: string[] = [];
  const world = agentWorld({
    model: (request, turn) =>
      request.role === "planner"
        ? (said.push(request.messages.at(-1)?.text ?? ""), turn === 0 ? { calls: [{ name: "plan", args: {} }] } : { text: "no idea" })
        : { text: "done" },
  });
  expect(await runAgent({ agent, objective: "look", tools: [], ports: world.ports })).toMatchObject({ outcome: "ok", answer: "done" });
  expect(said[1]).toContain('That is no plan: the document lacks the key "subtasks"');
});

test("results go to those who come after, and the last subtask answers from all of them", async () => {
  const agent = { ...testAgent, plan: true };
  const heard = new Map<string, string>();
  const world = agentWorld({
    model: (request, _turn, key) => {
      if (request.role === "planner")
        return { calls: [{ name: "plan", args: plan({ id: "a", objective: "first" }, { id: "b", objective: "second", after: ["a"] }) }] };
      heard.set(key, request.messages[1]?.text ?? "");
      return { text: `result of ${key}` };
    },
  });
  expect(await runAgent({ agent, objective: "whole", tools: [], ports: world.ports })).toMatchObject({ answer: "result of answer.1" });
  expect(heard.get("b.1")).toContain("Result of a:\nresult of a.1");
  expect(heard.get("answer.1")).toContain("Result of b:\nresult of b.1");
});
