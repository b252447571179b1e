import fc from "fast-check";
import { expect, test } from "vitest";
import { safeText } from "../../src/base/safe-text.ts";
import type { EventRecord } from "../../src/event/events.ts";
import { levelOf, logLine } from "../../src/telemetry/log-line.ts";

function record(kind: string, data: unknown): EventRecord {
  return { v: 1, run: "r-1-2", seq: 4, ts: "2026-11-21T12:00:03.000Z", kind, data, prev: "", hash: "" } as EventRecord;
}

test("a record is a line with what it is searched by", () => {
  const data = { key: "s1.2.1", tool: "shell", outcome: "ok", text: "long text of a tool", durationMs: 210, data: { a: 1 } };
  expect(logLine(record("tool.finished", data), { run: "r-1", msg: "m" })).toEqual({
    ts: "2026-11-21T12:00:03.000Z",
    level: "info",
    run: "r-1",
    part: "r-1-2",
    seq: 4,
    kind: "tool.finished",
    msg: "m",
    key: "s1.2.1",
    tool: "shell",
    outcome: "ok",
    durationMs: 210,
  });
  const decision = { id: "d-1", effect: "deny", rules: ["a/b"], reason: "r", request: { action: "order.place", class: "T", skill: { name: "x" } } };
  expect(logLine(record("decision.made", decision), { run: "r-1", msg: "m" })).toMatchObject({
    level: "warn",
    action: "order.place",
    class: "T",
    effect: "deny",
    skill: "x",
    decision: "d-1",
    rules: "a/b",
  });
});

test.each([
  ["run.finished", { outcome: "ok" }, "info"],
  ["run.finished", { outcome: "failed" }, "error"],
  ["run.finished", { outcome: "denied" }, "warn"],
  ["skill.finished", { outcome: "oom" }, "error"],
  ["decision.made", { effect: "allow" }, "info"],
  ["decision.made", { effect: "approve" }, "warn"],
  ["budget.reserved", { granted: false }, "warn"],
  ["answer.judged", { accepted: false }, "warn"],
  ["gate.finished", { passed: false }, "warn"],
  ["approval.voted", { state: "denied" }, "warn"],
  ["limit.reached", {}, "warn"],
  ["halt.set", {}, "error"],
  ["sidecar.ended", { why: "crash" }, "error"],
  ["sidecar.ended", { why: "idle" }, "info"],
  ["notify.failed", { why: "x" }, "warn"],
  ["something.new", null, "info"],
])("%s %o is %s", (kind, data, level) => {
  expect(levelOf(kind, data)).toBe(level);
});

test("whatever others named, the line is one line of bounded length and its own members stay", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 600 }), fc.anything(), (text, anything) => {
      const line = logLine(record("tool.finished", { tool: text, model: text, kind: text, run: text, level: text, ts: text, outcome: anything }), {
        run: "r-1",
        msg: "m",
      });
      expect(line).toMatchObject({ ts: "2026-11-21T12:00:03.000Z", run: "r-1", part: "r-1-2", kind: "tool.finished" });
      expect(["info", "warn", "error"]).toContain(line.level);
      for (const value of Object.values(line)) if (typeof value === "string") expect(safeText(value, { oneLine: true })).toBe(value);
      expect(JSON.stringify(line).length).toBeLessThan(8_000);
    }),
  );
});
