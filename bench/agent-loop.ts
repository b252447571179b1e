import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { workOn } from "../src/agent/loop.ts";
import type { Model } from "../src/agent/model.ts";
import type { AgentPorts } from "../src/agent/ports.ts";
import { systemClock } from "../src/base/clock.ts";
import type { EventKind } from "../src/event/events.ts";
import { armWhenNew } from "../src/ledger/halt.ts";
import { actTool } from "../src/operations/act-tool.ts";
import { openMeter } from "../src/operations/agent-meter.ts";
import { requireAgent } from "../src/operations/agent-shelf.ts";
import { askModel } from "../src/operations/ask-model.ts";
import { openJudge } from "../src/operations/decide-call.ts";
import { inRun, type OpenRun } from "../src/operations/in-run.ts";
import { loadAuthority, type Authority } from "../src/operations/load-authority.ts";
import { maskFor } from "../src/operations/mask-for.ts";
import { query } from "../src/operations/tools/query.ts";
import type { Tool } from "../src/operations/tools/tool.ts";
import { ensureStateDir } from "../src/workspace/find.ts";
import { median, type BenchRow } from "./row.ts";
import { agentWorkspace, removeWorkspace } from "./support/agent-workspace.ts";

/** As many as the agents that ship may take at most; each step sends all that was said before. */
const steps = 40;
const rounds = 5;

/** The tool as it ships, so that it is checked and decided like any other; only its work takes no time. */
const instantTool: Tool = { ...query, run: async () => ({ outcome: "ok", text: "sharpe 0.71\n1 row" }) };

/** Asks for another query at each step, and answers after the last. Takes no time. */
const instantModel: Model = {
  async ask({ messages }) {
    const turn = messages.filter(({ role }) => role === "assistant").length + 1;
    const sql = `SELECT strategy, sharpe FROM backtests ORDER BY sharpe DESC LIMIT ${turn}`;
    const calls = turn > steps ? [] : [{ id: `call-${turn}`, name: query.name, args: { sql } }];
    const finish = calls.length > 0 ? ("tool-calls" as const) : ("stop" as const);
    const model = "bench/instant";
    const usage = { inputTokens: 900, outputTokens: 40 };
    const attempts = [{ model, outcome: "ok" as const, durationMs: 0 }];
    return { ok: true, answer: { text: `Step ${turn}.`, toolCalls: calls, finish, usage, costUsd: 0, model, cached: false, attempts } };
  },
};

interface Measured {
  /** ms of each step, of one append with its fdatasync beside it, and records written. */
  steps: number[];
  bare: number[];
  records: number;
}

/** One step of the loop: a model call and a tool call through the real ports, decided by the shipped policies, each record in the journal and its head in the ledger. */
export async function bench(): Promise<BenchRow[]> {
  const dir = await agentWorkspace("  - say: unused\n");
  try {
    const authority = await loadAuthority(dir, {});
    const stateDir = ensureStateDir(authority.workspace);
    armWhenNew(stateDir);
    const mask = maskFor(stateDir, { ...process.env, EXCHANGE_SECRET: "0123456789abcdef" }, { names: [], secrets: [] });
    const { commit, set } = authority;
    const started = {
      command: "bench",
      actor: { kind: "person" as const, name: "bench" },
      workspace: { commit, dirty: false },
      policy: { commit, digest: set.digest },
    };
    const measured = await inRun<Measured>({ stateDir, mask, started }, async (open) => ({ outcome: "ok", result: await work(open, authority) }));
    const [step, bare, perStep] = [median(measured.steps), median(measured.bare), measured.records / measured.steps.length];
    return [
      {
        name: "agent loop, one step",
        value: step,
        unit: "ms",
        limit: 5,
        reference: `${perStep.toFixed(1)} records a step on disk, the slowest ${Math.max(...measured.steps).toFixed(1)} ms; a bare write + fdatasync ${bare.toFixed(3)} ms`,
      },
    ];
  } finally {
    removeWorkspace(dir);
  }
}

async function work(open: OpenRun, authority: Authority): Promise<Measured> {
  const worker = await requireAgent(authority, "worker");
  const agent = { ...worker, limits: { ...worker.limits, iterations: steps + 2, tokens: 1e9, wallMs: 600_000 } };
  const { recorder } = open;
  const measured: Measured = { steps: [], bare: [], records: 0 };
  const counted: OpenRun = {
    ...open,
    recorder: {
      run: recorder.run,
      append(kind, data) {
        measured.records += 1;
        return recorder.append(kind, data);
      },
    },
  };
  const times = timedSteps(open.stateDir, measured);
  const ports = portsOf(counted, authority, agent, () => times.mark());
  try {
    const objective = "Which strategy has the best ratio?";
    const specs = [{ name: query.name, description: query.description, parameters: query.parameters }];
    for (let round = 0; round < rounds; round++) {
      times.begin();
      const subtask = { id: `s${round}`, objective, after: [] };
      const end = await workOn({ agent, tools: specs, objective, subtask, before: new Map(), final: true, ports });
      if (end.outcome !== "ok") throw new Error(`the loop ended with ${end.outcome}`);
      // The first round compiles code.
      if (round === 0) Object.assign(measured, { steps: [], bare: [], records: 0 });
    }
    return measured;
  } finally {
    times.close();
  }
}

/** The ports as an agent's run has them, but without history and without a gateway. */
function portsOf(open: OpenRun, authority: Authority, agent: Awaited<ReturnType<typeof requireAgent>>, mark: () => void): AgentPorts {
  const meter = openMeter(agent.limits, 0);
  const objective = "bench";
  const judge = openJudge({ open, authority, agent, root: open.run, objective, ask: (...args) => ports.ask(...args) });
  const context = { open, authority, env: {}, agent, root: open.run, sandbox: noSandbox, signal: open.stop };
  const acting = { context, agent, objective, tools: new Map([[query.name, instantTool]]), judge, meter };
  const ports: AgentPorts = {
    ask: (step, request, seen) => askModel({ open, modelOf: () => instantModel, meter }, step, request, seen),
    async act(step, call) {
      const done = await actTool(acting, step, call);
      if (done.waits || done.outcome !== "ok") throw new Error(`the tool call ended with ${JSON.stringify(done)}`);
      return done;
    },
    async limit(_step, iteration) {
      mark();
      return meter.hit(iteration);
    },
    maySplit: async () => false,
    check: async () => [],
    async record(kind, data) {
      await open.recorder.append<EventKind>(kind, data);
    },
  };
  return ports;
}

function noSandbox(): Promise<never> {
  return Promise.reject(new Error("no sandbox here"));
}

/** Called where each step begins: ends the last one's time, and measures the disk beside it, outside of every step's time. */
function timedSteps(stateDir: string, measured: Measured): { begin(): void; mark(): void; close(): void } {
  const handle = openSync(join(stateDir, "bare"), "ax", 0o600);
  const line = Buffer.alloc(900, "x");
  let from: number | undefined;
  return {
    begin: () => (from = undefined),
    mark() {
      const now = systemClock.monotonicMs();
      if (from !== undefined) measured.steps.push(now - from);
      const start = systemClock.monotonicMs();
      writeSync(handle, line);
      fdatasyncSync(handle);
      measured.bare.push(systemClock.monotonicMs() - start);
      from = systemClock.monotonicMs();
    },
    close: () => closeSync(handle),
  };
}
