import fc from "fast-check";
import { expect, test } from "vitest";
import { historyOf, noHistory } from "../../src/agent/history.ts";
import { remembered, type Divergence } from "../../src/agent/remembered.ts";
import { runAgent, type AgentEnd } from "../../src/agent/run-agent.ts";
import type { EventRecord } from "../../src/event/events.ts";
import { agentWorld, Killed, testAgent, type Said, type WorldOptions, type World } from "../support/agent-world.ts";

const planner = { ...testAgent, plan: true };
const tools = [{ name: "look", description: "Looks.", parameters: { type: "object" } }];

/** Subtasks with how many tool calls each makes before it answers. */
interface Script {
  subtasks: { id: string; after: string[]; turns: number; perTurn: number }[];
}

const script: fc.Arbitrary<Script> = fc
  .array(fc.record({ turns: fc.integer({ min: 0, max: 3 }), perTurn: fc.integer({ min: 1, max: 2 }), after: fc.array(fc.nat(3), { maxLength: 2 }) }), {
    minLength: 2,
    maxLength: 5,
  })
  .map((drawn) => ({
    subtasks: drawn.map(({ turns, perTurn, after }, index) => ({
      id: `s${index}`,
      after: [...new Set(after.filter((other) => other < index).map((other) => `s${other}`))],
      turns,
      perTurn,
    })),
  }));

function modelOf({ subtasks }: Script): WorldOptions["model"] {
  return (request, turn, key): Said => {
    if (request.role === "planner")
      return { calls: [{ name: "plan", args: { subtasks: subtasks.map(({ id, after }) => ({ id, objective: `do ${id}`, after })) } }] };
    const id = key.split(".")[0];
    const found = subtasks.find((subtask) => subtask.id === id);
    if (found !== undefined && turn < found.turns)
      return { calls: Array.from({ length: found.perTurn }, (_, n) => ({ name: "look", args: { at: `${id} ${turn} ${n}` } })) };
    return { text: `answer of ${id}: ${request.messages.filter(({ role }) => role === "tool").length} results` };
  };
}

async function part(world: World, history: EventRecord[], onDivergence: (divergence: Divergence) => void = () => undefined): Promise<AgentEnd> {
  const ports = remembered({ history: history.length === 0 ? noHistory() : historyOf(history), live: world.ports, onDivergence, retries: true });
  return runAgent({ agent: planner, objective: "do it all", tools, ports });
}

test("killed after any record and gone on with: the same end, no effect twice, none lost", async () => {
  await fc.assert(
    fc.asyncProperty(script, fc.infiniteStream(fc.integer({ min: 1, max: 25 })), async (drawn, kills) => {
      const model = modelOf(drawn);
      const whole = agentWorld({ model, agent: planner });
      const expected = await part(whole, []);
      expect(expected.outcome).toBe("ok");

      const records: EventRecord[] = [];
      const effects: string[] = [];
      let end: AgentEnd | undefined;
      for (let parts = 0; end === undefined && parts < 200; parts += 1) {
        // A first part that writes little, and always some: a process that is killed at once again and again comes to nothing.
        const world = agentWorld({ model, agent: planner, killAfter: kills.next().value }, records, effects);
        const before = [...records];
        end = await part(world, before).catch((thrown: unknown) => {
          if (!(thrown instanceof Killed)) throw thrown;
          return undefined;
        });
      }
      expect(end).toEqual(expected);
      expect(new Set(effects).size).toBe(effects.length);
      expect(effects.toSorted()).toEqual(whole.effects.toSorted());
    }),
    { numRuns: 60 },
  );
});

test("replayed from its record: nothing is asked, nothing is done, nothing differs", async () => {
  await fc.assert(
    fc.asyncProperty(script, async (drawn) => {
      const world = agentWorld({ model: modelOf(drawn), agent: planner });
      const expected = await part(world, []);
      const divergences: Divergence[] = [];
      const silent = agentWorld({
        model: () => {
          throw new Error("a replay asks no model");
        },
        tool: () => {
          throw new Error("a replay does nothing");
        },
        killAfter: 0,
        agent: planner,
      });
      const ports = remembered({ history: historyOf(world.records), live: silent.ports, onDivergence: (each) => divergences.push(each), retries: false });
      expect(await runAgent({ agent: planner, objective: "do it all", tools, ports })).toEqual(expected);
      expect(divergences).toEqual([]);
      expect(silent.effects).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test("a changed prompt shows at the first request that it changes", async () => {
  const world = agentWorld({ model: (_request, turn) => (turn === 0 ? { calls: [{ name: "look", args: { at: "a" } }] } : { text: "done" }) });
  const run = { agent: testAgent, objective: "look", tools, ports: world.ports };
  await runAgent(run);
  const divergences: Divergence[] = [];
  const ports = remembered({ history: historyOf(world.records), live: world.ports, onDivergence: (each) => divergences.push(each), retries: false });
  await runAgent({ ...run, agent: { ...testAgent, prompt: "You are somebody else." }, ports });
  expect(divergences.map(({ key, what }) => [key, what])).toEqual([
    ["main.1", "prompt"],
    ["main.2", "prompt"],
  ]);
});

test("a model that failed is asked again when the run goes on, and not when it is replayed", async () => {
  const down: WorldOptions["model"] = () => ({ ok: false, outcome: "failed", why: "down", attempts: [] });
  const world = agentWorld({ model: down });
  const run = { agent: testAgent, objective: "look", tools };
  expect(await runAgent({ ...run, ports: world.ports })).toMatchObject({ outcome: "failed", why: "main: down" });
  const replayed = remembered({
    history: historyOf(world.records),
    live: agentWorld({ model: down, killAfter: 0 }).ports,
    onDivergence: () => undefined,
    retries: false,
  });
  expect(await runAgent({ ...run, ports: replayed })).toMatchObject({ outcome: "failed", why: "main: down" });
  const up = agentWorld({ model: () => ({ text: "here" }) }, [...world.records]);
  const resumed = remembered({ history: historyOf(world.records), live: up.ports, onDivergence: () => undefined, retries: true });
  expect(await runAgent({ ...run, ports: resumed })).toMatchObject({ outcome: "ok", answer: "here" });
});

test("a model that did not answer is asked again only as far as the limits let it", async () => {
  const before = agentWorld({ model: () => ({ ok: false, outcome: "failed", why: "no connection", attempts: [] }) });
  expect(await runAgent({ agent: testAgent, objective: "do it all", tools, ports: before.ports })).toMatchObject({ outcome: "failed" });
  const after = agentWorld({ model: () => ({ text: "asked all the same" }) });
  const limit = async (): Promise<{ limit: string; used: number; most: number }> => ({ limit: "costUsd", used: 2, most: 1 });
  const ports = remembered({ history: historyOf(before.records), live: { ...after.ports, limit }, onDivergence: () => undefined, retries: true });
  expect(await runAgent({ agent: testAgent, objective: "do it all", tools, ports })).toMatchObject({ outcome: "limit", why: "main: costUsd: 2 of 1 used" });
  expect(after.records.some(({ kind }) => kind === "model.asked")).toBe(false);
});

test("a name that is longer than its record is the same name", async () => {
  const name = `${"q".repeat(63)}😀${"r".repeat(40)}`;
  const world = agentWorld({ model: (_, turn) => (turn === 0 ? { calls: [{ name }] } : { text: "done" }) });
  await runAgent({ agent: testAgent, objective: "do it all", tools, ports: world.ports });
  const records = world.records.map((record) =>
    record.kind === "tool.asked" ? { ...record, data: { ...record.data, tool: name.slice(0, 64).toWellFormed() } } : record,
  );
  const divergences: Divergence[] = [];
  const ports = remembered({
    history: historyOf(records),
    live: world.ports,
    onDivergence: (each) => void divergences.push(each),
    retries: false,
  });
  await runAgent({ agent: testAgent, objective: "do it all", tools, ports });
  expect(divergences).toEqual([]);
});
