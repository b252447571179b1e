import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openBudgets, sweepBudgets, type Spender } from "../../src/ledger/budgets.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { finishRun, registerRun } from "../../src/ledger/runs.ts";
import { policySet } from "../support/policies.ts";
import { folder } from "../support/workspace.ts";

const text = `name: money
description: d
budgets:
  - { id: month, scope: month, limits: { costUsd: 10 } }
  - { id: bots, scope: month, match: { agent: bot-* }, limits: { costUsd: 3 } }
  - { id: run, scope: run, limits: { costUsd: 5, tokens: 1000 } }
  - { id: agent, scope: agent, limits: { costUsd: 4 } }
  - { id: subagent, scope: subagent, limits: { tokens: 300 } }
`;
const set = policySet(
  { path: "policies/money/policy.yaml", text },
  { path: "policies/money/cases.yaml", text: "- { name: c, reserve: { ask: { costUsd: 0 } }, granted: true }\n" },
);
const spender: Spender = { month: "2026-11", run: "r-1", agent: "quant" };

function books(stateDir = join(folder(), "state")) {
  const ledger = openLedger(stateDir);
  return { stateDir, ledger, budgets: openBudgets(ledger, set.budgets) };
}

describe("one process", () => {
  test("reserves, settles with what was spent, gives back", () => {
    const { budgets } = books();
    const first = budgets.reserve(spender, { amounts: { costUsd: 3, tokens: 900 } });
    expect(first).toMatchObject({ granted: true, amounts: { costUsd: 3, tokens: 900 }, alerts: [{ limit: "money/run", dimension: "tokens" }] });
    expect(first.reservation).toMatch(/^b-/);
    expect(budgets.reserve(spender, { amounts: { costUsd: 1.5 } })).toMatchObject({ granted: false, limit: "money/agent", account: "agent quant", left: 1 });
    expect(budgets.settle(first.reservation, { costUsd: 0.5, tokens: 100 })).toEqual({ overrun: undefined });
    const second = budgets.reserve(spender, { amounts: { costUsd: 1.5, tokens: 900 } });
    expect(second.granted).toBe(true);
    budgets.release(second.reservation);
    expect(budgets.taken(spender).map(({ budget, account, taken }) => [budget, account, taken])).toEqual([
      ["money/month", "month 2026-11", { costUsd: 0.5, tokens: 100 }],
      ["money/run", "run r-1", { costUsd: 0.5, tokens: 100 }],
      ["money/agent", "agent quant", { costUsd: 0.5, tokens: 100 }],
    ]);
  });

  test("an overrun is counted in full, named, and stops what comes after", () => {
    const { budgets } = books();
    const first = budgets.reserve(spender, { amounts: { costUsd: 1 } });
    expect(budgets.settle(first.reservation, { costUsd: 6 })).toEqual({ overrun: { costUsd: 5 } });
    expect(budgets.reserve(spender, { amounts: { costUsd: 0.01 } })).toMatchObject({ granted: false, left: 0 });
    expect(budgets.reserve({ ...spender, run: "r-2" }, { amounts: { costUsd: 4 } }).granted).toBe(true);
    expect(budgets.reserve({ ...spender, run: "r-3" }, { amounts: { costUsd: 0.01 } })).toMatchObject({ granted: false, limit: "money/month" });
    expect(budgets.reserve({ ...spender, run: "r-3", month: "2026-12" }, { amounts: { costUsd: 0.01 } }).granted).toBe(true);
  });

  test("a run that goes on in further parts has spent what its parts before it did; other runs have not", () => {
    const { budgets } = books();
    for (const run of ["r-1", "r-1-2", "r-1-10"]) {
      const { reservation } = budgets.reserve({ ...spender, run }, { amounts: { costUsd: 1 } });
      budgets.settle(reservation, { costUsd: 1 });
    }
    expect(budgets.reserve({ ...spender, run: "r-1-11" }, { amounts: { costUsd: 1.5 } })).toMatchObject({ granted: false, limit: "money/agent", left: 1 });
    expect(budgets.reserve({ ...spender, run: "r-1" }, { amounts: { costUsd: 1.5 } })).toMatchObject({ granted: false, account: "agent quant" });
    for (const run of ["r-10", "r-1x", "r-0", "r-2-1"]) expect(budgets.reserve({ ...spender, run }, { amounts: { costUsd: 1.5 } }).granted).toBe(true);
  });

  test("a reservation is settled once", () => {
    const { budgets } = books();
    const { reservation } = budgets.reserve(spender, { amounts: { costUsd: 1 } });
    budgets.settle(reservation, { costUsd: 1 });
    expect(() => budgets.settle(reservation, {})).toThrow(`the reservation ${reservation} is settled`);
    expect(() => budgets.release(reservation)).toThrow(/is settled/);
    expect(() => budgets.settle("b-none", {})).toThrow("the reservation b-none was never made");
    const refused = budgets.reserve(spender, { amounts: { costUsd: 100 } });
    expect(() => budgets.settle(refused.reservation, {})).toThrow(/was never made/);
  });

  test("what an amount that is none does: nothing", () => {
    const { budgets } = books();
    expect(() => budgets.reserve(spender, { amounts: { costUsd: Number.NaN } })).toThrow(/costUsd is NaN/);
    const { reservation } = budgets.reserve(spender, { amounts: { costUsd: 1 } });
    expect(() => budgets.settle(reservation, { costUsd: -1 })).toThrow(/costUsd is -1/);
    expect(budgets.taken(spender)[0]?.taken).toEqual({ costUsd: 1 });
  });

  test("a budget for some agents counts only them; a subagent counts in all levels above", () => {
    const { budgets } = books();
    const reserve = (agent: string, run: string, costUsd: number): unknown => {
      const answer = budgets.reserve({ month: "2026-11", run, agent }, { amounts: { costUsd } });
      return answer.granted ? "granted" : answer.limit;
    };
    expect([reserve("bot-1", "r-1", 2), reserve("quant", "r-2", 3), reserve("bot-2", "r-3", 2), reserve("bot-2", "r-3", 1)]).toEqual([
      "granted",
      "granted",
      "money/bots",
      "granted",
    ]);
    const reader = { ...spender, run: "r-9", subagent: "reader" };
    expect(budgets.reserve(reader, { amounts: { tokens: 300 } }).granted).toBe(true);
    expect(budgets.reserve(reader, { amounts: { tokens: 1 } })).toMatchObject({ granted: false, limit: "money/subagent" });
    expect(budgets.reserve({ ...reader, subagent: "writer" }, { amounts: { tokens: 300 } }).granted).toBe(true);
    expect(budgets.reserve({ ...reader, subagent: undefined }, { amounts: { tokens: 401 } })).toMatchObject({ granted: false, limit: "money/run", left: 400 });
  });

  test("the sweep closes what runs left open that have ended, and nothing else", () => {
    const { ledger, budgets } = books();
    for (const run of ["r-1", "r-2"]) registerRun(ledger, { run, command: "c", actor: "a", started: "2026-11-21T12:00:00.000Z" });
    const kept = budgets.reserve(spender, { amounts: { costUsd: 1 } });
    const left = budgets.reserve({ ...spender, run: "r-2" }, { amounts: { costUsd: 2 } });
    expect(sweepBudgets(ledger)).toEqual([]);
    finishRun(ledger, "r-2", "failed", "2026-11-21T12:00:01.000Z");
    expect(sweepBudgets(ledger)).toEqual([{ reservation: left.reservation, run: "r-2" }]);
    expect(sweepBudgets(ledger)).toEqual([]);
    expect(budgets.taken(spender)[0]?.taken).toEqual({ costUsd: 3 });
    expect(() => budgets.settle(left.reservation, {})).toThrow(/is swept/);
    expect(budgets.settle(kept.reservation, { costUsd: 1 })).toEqual({ overrun: undefined });
  });
});

const program = fileURLToPath(new URL("../support/spend.ts", import.meta.url));

function spend(stateDir: string, run: string, ...more: string[]) {
  const child = spawn(process.execPath, [program, stateDir, run, ...more], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  const first = new Promise<number>((resolve, reject) => {
    child.stdout.on("data", () => out.includes("\n") && resolve(Number(out)));
    child.once("error", reject).once("close", () => reject(new Error(`ended with ${out}`)));
  });
  return { child, first };
}

describe("many processes", () => {
  test("eight of them together are granted exactly the limit", async () => {
    const { stateDir, ledger } = books();
    ledger.close();
    const granted = await Promise.all(Array.from({ length: 8 }, (_, index) => spend(stateDir, `r-${index}`, "1", "0.02").first));
    expect(granted.reduce((sum, each) => sum + each, 0)).toBe(50);
    const after = books(stateDir);
    expect(after.budgets.taken(spender)[0]?.taken).toEqual({ costUsd: 1 });
  });

  test("kill -9 keeps what was reserved, and the sweep counts it as spent", async () => {
    const { stateDir, ledger, budgets } = books();
    const { child, first } = spend(stateDir, "r-9", "10", "4", "hold");
    expect(await first).toBe(1);
    expect(sweepBudgets(ledger)).toEqual([]);
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    expect(budgets.taken(spender)[0]?.taken).toEqual({ costUsd: 4 });
    expect(sweepBudgets(ledger).map(({ run }) => run)).toEqual(["r-9"]);
    expect(budgets.taken(spender)[0]?.taken).toEqual({ costUsd: 4 });
    expect(budgets.reserve({ ...spender, run: "r-10" }, { amounts: { costUsd: 4 } }).granted).toBe(true);
    expect(budgets.reserve({ ...spender, run: "r-11" }, { amounts: { costUsd: 2.5 } })).toMatchObject({ granted: false, limit: "money/month", left: 2 });
  });
});
