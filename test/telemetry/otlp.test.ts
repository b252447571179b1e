import fc from "fast-check";
import { expect, test } from "vitest";
import type { EventRecord } from "../../src/event/events.ts";
import { otlpRequests, type Span } from "../../src/telemetry/otlp.ts";
import { runSpans } from "../../src/telemetry/run-spans.ts";
import { spanId, traceId } from "../../src/telemetry/trace-ids.ts";
import { readOtlp, type ReadSpan } from "../support/otlp.ts";

let clock = 0;
function record(kind: string, data: unknown, run = "r-1"): EventRecord {
  clock += 1000;
  return { v: 1, run, seq: 0, ts: new Date(clock).toISOString(), kind, data, prev: "", hash: "" } as EventRecord;
}

const begun = { command: "run start quant", actor: { kind: "person", name: "ada" }, workspace: { commit: "c" }, policy: { commit: "p" } };
const agent = { root: "r-1", part: 1, objective: "secret objective", agent: "quant", agentDigest: "d", level: 2 };
const usage = { inputTokens: 10, outputTokens: 5 };

function agentRun(): EventRecord[] {
  clock = 1_000_000;
  return [
    record("run.started", begun),
    record("agent.started", agent),
    record("subtask.started", { subtask: "s1", objective: "secret subtask" }),
    record("model.asked", {
      key: "s1.1",
      subtask: "s1",
      role: "coder",
      model: "openai/gpt-x",
      digest: "d",
      messages: [{ role: "user", text: "secret prompt" }],
      outputTokensMax: 99,
    }),
    record("model.answered", {
      key: "s1.1",
      outcome: "ok",
      text: "secret answer",
      model: "local/other",
      usage,
      costUsd: 0,
      finish: "tool-calls",
      attempts: [1, 2],
      cached: false,
      durationMs: 1,
    }),
    record("decision.made", { id: "d-1", effect: "approve", rules: ["a/b"], request: { action: "net.connect", class: "R", host: "h.example", port: 443 } }),
    record("approval.asked", { approval: "a-1", key: "s1.1.1", kind: "action", effect: "approve", digest: "x", expires: "x" }),
    record("subtask.finished", { subtask: "s1", outcome: "waiting", why: "secret why" }),
    record("agent.finished", { root: "r-1", outcome: "waiting", why: "secret why" }),
    record("run.finished", { outcome: "waiting", durationMs: 1 }),
    record("run.started", begun, "r-1-2"),
    record("agent.started", { ...agent, part: 2 }, "r-1-2"),
    record(
      "tool.asked",
      { key: "s1.1.1", subtask: "s1", tool: "web_fetch", class: "R", args: { url: "secret argument" }, decisions: ["d-1"], approval: "a-1" },
      "r-1-2",
    ),
    record("net.requested", { key: "s1.1.1", outcome: "passed", host: "h.example", port: 443, bytesUp: 1, bytesDown: 2 }, "r-1-2"),
    record("tool.finished", { key: "s1.1.1", tool: "web_fetch", outcome: "denied", text: "secret result", durationMs: 1 }, "r-1-2"),
    record("tool.asked", { key: "s1.2.1", subtask: "s1", tool: "shell", class: "W", args: {}, decisions: [] }, "r-1-2"),
    record("run.finished", { outcome: "interrupted", durationMs: 1 }, "r-1-2"),
  ];
}

const read = (spans: readonly Span[]): ReadSpan[] =>
  otlpRequests([{ run: "r-1", spans }], { resource: { "service.name": "agentctl" }, version: "1" }).flatMap(readOtlp);
const named = (spans: readonly ReadSpan[], name: string): ReadSpan => spans.find((span) => span.name === name) ?? expect.fail(`no span ${name}`);

test("a run is a trace: run, subtask, model and tool, with the names of the GenAI conventions", () => {
  const spans = read(runSpans("r-1", agentRun(), { content: false }));
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId("r-1")]));
  const [root, subtask] = [named(spans, "invoke_agent quant"), named(spans, "subtask s1")];
  const [model, tool] = [named(spans, "chat gpt-x"), named(spans, "execute_tool web_fetch")];
  expect(root).toMatchObject({
    spanId: spanId("r-1", ""),
    parentSpanId: undefined,
    kind: 1,
    attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "quant", "gen_ai.conversation.id": "r-1", "agentctl.outcome": "interrupted" },
    status: { code: 2 },
  });
  expect(subtask.parentSpanId).toBe(root.spanId);
  expect(model).toMatchObject({ parentSpanId: subtask.spanId, kind: 3, status: {} });
  expect(model.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "local",
    "gen_ai.request.model": "gpt-x",
    "gen_ai.response.model": "other",
    "gen_ai.request.max_tokens": 99,
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 5,
    "gen_ai.response.finish_reasons": ["tool-calls"],
    "agentctl.attempts": 2,
    "agentctl.cost_usd": 0,
  });
  expect(model.endNano - model.startNano).toBe(1_000_000_000n);
  expect(tool).toMatchObject({
    parentSpanId: subtask.spanId,
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "web_fetch",
      "gen_ai.tool.call.id": "s1.1.1",
      "agentctl.approval": "a-1",
      "error.type": "denied",
    },
    events: [
      {
        name: "agentctl.decision",
        attributes: { "agentctl.effect": "approve", "agentctl.action": "net.connect", "server.address": "h.example", "server.port": 443 },
      },
      { name: "agentctl.net", attributes: { "agentctl.outcome": "passed" } },
    ],
    status: { code: 2, message: "denied" },
  });
  expect(subtask.events).toMatchObject([{ name: "agentctl.approval.asked", attributes: { "agentctl.approval": "a-1" } }]);
  expect(root.events.map(({ attributes }) => attributes["agentctl.part"])).toEqual(["r-1", "r-1-2"]);
  // What a crash cut off is told as that.
  expect(named(spans, "execute_tool shell").status).toEqual({ code: 2, message: "its end is not on record" });
});

test("nothing that people, models or tools wrote without content; all of it with", () => {
  const without = JSON.stringify(otlpRequests([{ run: "r-1", spans: runSpans("r-1", agentRun(), { content: false }) }], { resource: {}, version: "1" }));
  expect(without).not.toContain("secret");
  const content = JSON.stringify(runSpans("r-1", agentRun(), { content: true }));
  expect(content).toContain(String.raw`[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"secret prompt\"}]}]`);
  for (const what of ["objective", "subtask", "prompt", "answer", "argument", "result"]) expect(content).toContain(`secret ${what}`);
});

test("exporting again is the same trace, and each attribute keeps its type", () => {
  expect(read(runSpans("r-1", agentRun(), { content: true }))).toEqual(read(runSpans("r-1", agentRun(), { content: true })));
  const [zero, half] = [0, 0.5].map((double) =>
    JSON.stringify(otlpRequests([{ run: "r", spans: [span({ cost: { double } })] }], { resource: { "service.name": "a" }, version: "1" })),
  );
  expect(zero).toContain('{"doubleValue":0}');
  expect(half).toContain('{"doubleValue":0.5}');
});

function span(attributes: Span["attributes"], key = ""): Span {
  return { key, parent: key === "" ? undefined : "", name: "n", kind: "internal", startMs: 1, endMs: 2.5, attributes, events: [] };
}

test("whatever is in a record, what is sent is OTLP", () => {
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.array(fc.string({ unit: "binary" })), fc.constant(undefined));
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), value), fc.double({ min: 0, max: 4e12, noNaN: true }), (attributes, startMs) => {
      const { length } = read([{ ...span(attributes), startMs, endMs: 0 }]);
      expect(length).toBe(1);
    }),
  );
  const kinds = ["run.started", "agent.started", "tool.asked", "tool.finished", "skill.started", "model.asked", "decision.made", "run.finished", "new.kind"];
  const hostile = {
    subtask: "s1",
    key: "k",
    call: "c",
    tool: { $blob: "x", head: "y" },
    command: "c",
    decisions: ["d"],
    rules: { $blob: "r" },
    attempts: [],
    request: {},
  };
  const base = { ...begun, ...agent, ...hostile, id: "d", outcome: "failed", messages: [] };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 12 }), fc.boolean(), (order, content) => {
      clock = 5_000;
      expect(
        read(
          runSpans(
            "r-1",
            order.map((kind) => record(kind, base)),
            { content },
          ),
        ).length,
      ).toBeGreaterThan(0);
    }),
  );
});

test("many spans go in several requests; of no records there are none", () => {
  const spans = Array.from({ length: 450 }, (_, n) => span({}, n === 0 ? "" : `k${n}`));
  const bodies = otlpRequests([{ run: "r-1", spans }], { resource: { "service.name": "agentctl" }, version: "1" });
  expect(bodies.map((body) => readOtlp(body).length)).toEqual([200, 200, 50]);
  expect(runSpans("r-1", [], { content: false })).toEqual([]);
});
