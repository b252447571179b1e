import { expect, test, vi } from "vitest";
import { showAgent } from "../../src/cli/agent-progress.ts";
import { progressOf } from "../../src/cli/agent-steps.ts";
import type { EventData, EventKind, EventRecord } from "../../src/event/events.ts";

const evil = "\u001b]0;owned\u0007\u202e";

function record<K extends EventKind>(kind: K, data: unknown): EventRecord<K> {
  return { v: 1, run: "r-1", seq: 0, ts: "2026-11-28T09:00:00.000Z", kind, data: data as EventData[K], prev: "", hash: "" };
}

/** Stands in a record where a text was too long for it. */
const body = (head: string): object => ({ $blob: "a".repeat(64), bytes: 20_000, head });

/** Everything that is written to stderr meanwhile. */
async function drawn(work: (text: () => string) => Promise<void>): Promise<string> {
  const { write } = process.stderr;
  let text = "";
  process.stderr.write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  try {
    await work(() => text);
  } finally {
    process.stderr.write = write;
  }
  return text;
}

test("texts that stand outside their record are shown by their heads, whoever wrote them", () => {
  const key = "main.1";
  const shown = [
    record("model.answered", { key, outcome: "ok", text: body(`so ${evil}`), toolCalls: [{ id: "1", name: "query" }], attempts: [], durationMs: 1 }),
    record("model.answered", { key, outcome: "failed", why: body("no"), attempts: [], durationMs: 1 }),
    record("tool.finished", { key: "main.1.1", tool: "query", outcome: "ok", text: body("rows"), durationMs: 1 }),
    record("answer.judged", { key, subtask: "main", by: "schema", accepted: false, why: body("does not fit") }),
    record("subtask.finished", { subtask: "main", outcome: "failed", why: body("never fits") }),
  ].flatMap((each) => progressOf(each).map(({ line }) => line));
  for (const [index, words] of ["so", "no", "rows", "does not fit", "never fits"].entries()) expect(shown[index]).toContain(words);
  expect(shown.join("\n")).not.toContain("\u001b]0");
  expect(shown.join("\n")).not.toContain("\u202e");
});

test("live, a subtask shows the latest line of what its model says; nothing that is written there acts on the terminal", async () => {
  const steps: string[] = [];
  const text = await drawn(async (soFar) => {
    const shown = showAgent(true, (line) => void steps.push(line));
    const objective = `count ${evil}`;
    shown.onRecord(
      record("plan.made", {
        subtasks: [
          { id: "a", objective, after: [] },
          { id: "b", objective: body(`long ${evil}`), after: [] },
        ],
      }),
    );
    shown.onText?.("a", `first line\nI look at the prices ${evil}\n\n`);
    shown.onText?.("nobody", "is not drawn");
    await vi.waitFor(() => expect(soFar()).toContain("I look at the prices"), 5_000);
    shown.onRecord(record("subtask.finished", { subtask: "a", outcome: "ok", answer: "x" }));
    await shown.close();
  });
  expect(text).toContain("count");
  expect(text).toContain("I look at the prices");
  expect(text).not.toContain("first line");
  expect(text).not.toContain("]0;owned\u0007");
  expect(text).not.toContain("\u202e");
  expect(steps.some((line) => line.includes("done"))).toBe(true);
  expect(showAgent(false, () => undefined).onText).toBeUndefined();
});
