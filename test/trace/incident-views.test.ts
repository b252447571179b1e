import { expect, test } from "vitest";
import { ask } from "../../src/trace/ask.ts";
import { recordState, started } from "../support/record.ts";

test("what somebody should look at is one row each, and what is none is not among them", async () => {
  const state = recordState();
  const journal = state.begin("r-all");
  await journal.append("run.started", started);
  await journal.append("halt.set", { by: "ada", reason: "too many orders", runsStopped: 1, containersKilled: 0, durationMs: 3 });
  await journal.append("budget.reserved", { reservation: "b-1", amounts: { tokens: 5 }, granted: false, limit: "monthly/tokens" });
  await journal.append("budget.reserved", { reservation: "b-2", amounts: { tokens: 5 }, granted: true });
  await journal.append("limit.reached", { key: "s1.2", limit: "iterations", used: 8, most: 8 });
  const denied = (id: string, risk: string, effect: "deny" | "allow"): Parameters<typeof journal.append<"decision.made">>[1] => ({
    id,
    effect,
    rules: [],
    reason: "nothing matched",
    policy: started.policy,
    request: { action: "order.place", class: risk, actor: { kind: "agent", name: "quant" } },
  });
  await journal.append("decision.made", denied("d-1", "T", "deny"));
  await journal.append("decision.made", denied("d-2", "C", "deny"));
  await journal.append("decision.made", denied("d-3", "W", "deny"));
  await journal.append("decision.made", denied("d-4", "T", "allow"));
  const sidecar = { sidecar: "sc-1", root: "r-all", cells: 3, durationMs: 5 };
  await journal.append("sidecar.ended", { ...sidecar, why: "memory", detail: "it took more than 512 MiB" });
  await journal.append("sidecar.ended", { ...sidecar, why: "idle" });
  await journal.append("run.finished", { outcome: "failed", durationMs: 1, error: "base/bug", message: "x is not a function" });
  journal.close();
  for (const [run, finished] of Object.entries({
    "r-gone": { outcome: "interrupted", durationMs: 1 },
    "r-by-hand": { outcome: "interrupted", durationMs: 1, error: "cli/interrupted", message: "interrupted" },
    "r-well": { outcome: "ok", durationMs: 1 },
  } as const)) {
    const other = state.begin(run);
    await other.append("run.started", started);
    await other.append("run.finished", finished);
    other.close();
  }
  const { rows } = await ask(state.stateDir, "SELECT run, incident, subject, what FROM incidents ORDER BY run, seq");
  expect(rows).toEqual([
    ["r-all", "halt", "ada", "too many orders"],
    ["r-all", "budget", "monthly/tokens", "refused"],
    ["r-all", "limit", "iterations", "8 of 8"],
    ["r-all", "denied", "order.place", "nothing matched"],
    ["r-all", "denied", "order.place", "nothing matched"],
    ["r-all", "died", "sidecar", "it took more than 512 MiB"],
    ["r-all", "fault", "base/bug", "x is not a function"],
    ["r-gone", "interrupted", null, "its process was gone"],
  ]);
});
