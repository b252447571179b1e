import { expect, test } from "vitest";
import { newRunView, runViewLines, takeIn } from "../../src/cli/run-view.ts";
import type { EventData, EventKind } from "../../src/event/events.ts";

const startMs = Date.UTC(2026, 10, 21, 12);

function viewOf(objective: string) {
  const view = newRunView();
  let seq = 0;
  const add = <K extends EventKind>(kind: K, data: EventData[K]): void => {
    takeIn(view, { v: 1, run: "r-1", seq, ts: new Date(startMs + seq++ * 1000).toISOString(), kind, data, prev: "", hash: "" });
  };
  const limits = { iterations: 20, tokens: 9_000, costUsd: 1, wallMs: 600_000, outputTokens: 2_000 };
  add("agent.started", { root: "r-1", part: 1, objective, agent: "quant", agentDigest: "a", level: 2, tools: [], toolsDigest: "b", limits });
  add("plan.made", { subtasks: [...Array(30).keys()].map((n) => ({ id: `s${n}`, objective, after: [] })) });
  add("subtask.started", { subtask: "s0", objective });
  add("model.asked", { key: "s0.1", subtask: "s0", role: "coder", digest: "d", messages: [], outputTokensMax: 10 });
  return { view, add };
}

test("says what runs and for how long, what is spent of the limits, and what waits for whoever watches", () => {
  const { view, add } = viewOf("What was it?");
  const size = { nowMs: startMs + 8_000, columns: 100, rows: 20 };
  expect(runViewLines(view, size)).toContain("▸ s0       at work  a model (coder) for 5.0 s");
  add("model.answered", {
    key: "s0.1",
    outcome: "ok",
    text: "one\ntwo",
    usage: { inputTokens: 90, outputTokens: 10 },
    costUsd: 0.25,
    attempts: [],
    durationMs: 9,
  });
  add("approval.asked", { approval: "a-1", key: "s0.1.1", kind: "action", effect: "approve", digest: "d", expires: "2999-01-01T00:00:00.000Z" });
  const lines = runViewLines(view, size);
  expect(lines[0]).toBe("quant: What was it?");
  expect(lines[1]).toBe("  8.0 s   1 of 20 model calls   100 of 9000 tokens   $0.25 of $1");
  expect(lines).toContain("✋ waits for you     agentctl approval show a-1");
  expect(lines.slice(-2)).toEqual(["  | one", "  | two"]);
  add("approval.used", { approval: "a-1", key: "s0.1.1", state: "approved", by: ["ada"], note: "" });
  expect(runViewLines(view, size).join("\n")).not.toContain("a-1");
});

test.each([
  [100, 24],
  [40, 8],
  [12, 3],
])("fits a terminal of %i × %i, and nothing that an agent wrote acts on it", (columns, rows) => {
  const { view } = viewOf(`\u001B[2J\u202E${"wide ".repeat(100)}`);
  const lines = runViewLines(view, { nowMs: startMs, columns, rows });
  expect(lines.length).toBeLessThan(rows);
  expect(lines.filter((line) => line.length >= columns)).toEqual([]);
  for (const acts of ["\u001B", "\u202E", "\n"]) expect(lines.join("")).not.toContain(acts);
});
