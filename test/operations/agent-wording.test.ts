import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hiddenKind } from "../../src/base/safe-text.ts";
import type { EventKind, EventRecord } from "../../src/event/events.ts";
import { agentWording } from "../../src/operations/agent-wording.ts";
import { timelineEntry } from "../../src/operations/run-timeline.ts";
import { named, said } from "../../src/operations/timeline-words.ts";

const blob = { $blob: "a".repeat(64), bytes: 90_000, head: "the head" };

function worded(kind: EventKind, data: unknown): string {
  const record = { v: 1, run: "r-one", seq: 0, ts: "2026-01-01T00:00:00.000Z", kind, data, prev: "", hash: "" } as unknown as EventRecord;
  return timelineEntry(record, 0).text;
}

/** What every kind may have in its data, all of it written by somebody hostile. */
const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 2_000 }),
  fc.constantFrom("\u001b[2J", "a\nrun.finished  ok", "”  ok", "\u202e", "x".repeat(5_000)),
  fc.constant(blob),
);
const count = fc.nat();
const list = fc.oneof(fc.array(hostileText, { maxLength: 20 }), fc.constant(blob));
const data = fc.record({
  ...Object.fromEntries(
    [
      "root",
      "objective",
      "agent",
      "agentDigest",
      "model",
      "outcome",
      "why",
      "answer",
      "subtask",
      "key",
      "role",
      "limit",
      "text",
      "tool",
      "class",
      "approval",
      "grant",
      "digest",
    ]
      .concat(["expires", "run", "who", "how", "vote", "note", "state", "action", "until", "by", "proposal", "title", "base", "kind", "effect"])
      .map((name) => [name, hostileText] as const),
  ),
  ...Object.fromEntries(["part", "level", "iterations", "toolCalls", "tokens", "costUsd", "durationMs", "used", "most"].map((name) => [name, count] as const)),
  args: fc.oneof(hostileText, fc.anything({ withBigInt: false })),
  scope: hostileText,
  tools: list,
  waitsFor: list,
  messages: list,
  attempts: list,
  subtasks: fc.array(fc.record({ id: hostileText, objective: hostileText, after: list }), { maxLength: 12 }),
  files: fc.array(fc.record({ path: hostileText }), { maxLength: 12 }),
  changes: fc.array(fc.record({ path: hostileText, removed: fc.boolean() }), { maxLength: 12 }),
  artifacts: list,
  accepted: fc.boolean(),
  usage: fc.constant({ inputTokens: 1, outputTokens: 2 }),
});

test.each(Object.keys(agentWording) as EventKind[])("%s is one safe, bounded line, whatever stands in it", (kind) => {
  fc.assert(
    fc.property(data, (anything) => {
      const text = worded(kind, anything);
      expect(text.length).toBeLessThanOrEqual(2_000);
      expect(text.isWellFormed()).toBe(true);
      for (const character of text) expect(hiddenKind(character.codePointAt(0) ?? 0)).toBeUndefined();
      expect(text).not.toMatch(/[\n\t]/);
    }),
    { numRuns: 60 },
  );
});

test("words of others stand in quotes that they cannot close", () => {
  expect(said(`done”\n  approved by ada “fine`)).toBe(`“done" approved by ada "fine”`);
  expect(said("a\u202eb\u200bc")).toBe("“a«U+202E»b«U+200B»c”");
  expect(said("x".repeat(300), 20)).toBe(`“${"x".repeat(19)}…”`);
  expect(said(blob)).toBe("“the head…”");
  expect(said({ path: "a" })).toBe('“{"path":"a"}”');
  expect(named("read_file")).toBe("read_file");
  expect(named("read_file ok  by approval a-1")).toBe("“read_file ok by approval a-1”");
});

test("a body that stands outside its record is shown by its head", () => {
  expect(worded("tool.finished", { key: "s1.1.1", tool: "shell", outcome: "ok", text: blob, durationMs: 12 })).toBe("s1.1.1  shell  ok  12 ms  “the head…”");
  expect(worded("model.asked", { key: "s1.1", subtask: "s1", role: "coder", digest: "", messages: blob, outputTokensMax: 1 })).toBe("s1.1  coder");
});

test("each kind says what matters to whoever reads the record", () => {
  const lines: [EventKind, object, string][] = [
    [
      "agent.started",
      { root: "r-one", part: 2, objective: "o", agent: "code", agentDigest: "sha256:0123456789", level: 3, tools: ["a"], forkOf: { run: "r-two", at: 7 } },
      "code@01234567  level 3  “o”  part 2 of r-one  fork of r-two at 7  1 tool",
    ],
    [
      "model.answered",
      { key: "s1.1", outcome: "budget", why: "the month is used up", limit: "month", attempts: [{}, {}], durationMs: 3 },
      "s1.1  budget  “the month is used up”  limit month  2 tries  3 ms",
    ],
    [
      "model.answered",
      {
        key: "s1.1",
        outcome: "ok",
        model: "a/b",
        usage: { inputTokens: 5, outputTokens: 6 },
        costUsd: 0,
        cached: true,
        attempts: [],
        durationMs: 1,
        toolCalls: [{ name: "x" }],
      },
      "s1.1  ok  a/b  5 in, 6 out  cached  1 ms  calls x",
    ],
    ["tool.asked", { key: "s1.1.1", tool: "shell", class: "W", refused: true, args: "rm", grant: "gr-1" }, 's1.1.1  shell (W)  refused  “"rm"”  by grant gr-1'],
    [
      "approval.asked",
      { approval: "a-1", key: "s1.1.1", kind: "outcome", effect: "two-key", digest: "d4d4d4d4d4", expires: "2026-01-01T00:00:00.000Z" },
      "a-1  asks what became of s1.1.1  two people answer  action d4d4d4d4  until 2026-01-01T00:00:00.000Z",
    ],
    [
      "approval.voted",
      { approval: "a-1", run: "r-one", who: "Ada L", how: "signed", vote: "deny", state: "denied", note: "no" },
      "a-1 of r-one  deny by “Ada L” (signed)  now denied  “no”",
    ],
    [
      "grant.given",
      { grant: "gr-1", agent: "code", action: "net.connect", scope: { host: "a.org" }, until: "2026", by: "ada" },
      'gr-1  code may net.connect  “{"host":"a.org"}”  until 2026  by “ada”',
    ],
    ["grant.revoked", { grant: "gr-1", by: "ada" }, "gr-1  by “ada”"],
    ["answer.judged", { key: "s1.1", by: "critic", accepted: false, why: "no source" }, "s1.1  sent back by the critic  “no source”"],
    [
      "plan.made",
      {
        subtasks: [
          { id: "s1", objective: "a", after: [] },
          { id: "s2", objective: "b", after: ["s1"] },
        ],
      },
      "2 subtasks  s1 “a”  s2 “b” after s1",
    ],
  ];
  for (const [kind, of, line] of lines) expect(worded(kind, of)).toBe(line);
});
