import { expect, test } from "vitest";
import { anthropic, gateway, key, readFile, serve, tries, whys } from "./gateway-fixture.ts";

test("a question in Anthropic's own form, with thoughts and a call", async () => {
  const args = { path: "a.txt" };
  const server = await serve([{ think: "hm", say: "I look.", call: [{ id: "toolu_1", tool: "read_file", args }], chunk: 3, usage: { input: 40, output: 20 } }]);
  const { ask, books } = gateway({ claude: anthropic(server) });
  const told: string[] = [];
  const outcome = await ask(
    {
      messages: [
        { role: "system", text: "You work." },
        { role: "user", text: "Read both." },
        { role: "assistant", text: "", toolCalls: [{ id: "t1", name: "read_file", args: { path: "x" } }] },
        { role: "tool", call: "t1", name: "read_file", text: "of x" },
        { role: "user", text: "And now a." },
        { role: "assistant", text: " ", toolCalls: [] },
        { role: "user", text: "Go on." },
      ],
    },
    { onText: (text) => told.push(text) },
  );
  expect(outcome.ok && outcome.answer).toMatchObject({
    text: "I look.",
    thinking: "hm",
    finish: "tool-calls",
    toolCalls: [{ id: "toolu_1", name: "read_file", args }],
    usage: { inputTokens: 40, outputTokens: 20 },
    costUsd: 0.00008,
  });
  expect(told).toEqual(["I look."]);
  const [request] = server.requests;
  expect(request?.path).toBe("/v1/messages");
  expect(request?.headers).toMatchObject({ "x-api-key": key, "anthropic-version": "2023-06-01" });
  expect(request?.body).toEqual({
    model: "m",
    max_tokens: 100,
    stream: true,
    system: "You work.",
    messages: [
      { role: "user", content: [{ type: "text", text: "Read both." }] },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "read_file", input: { path: "x" } }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: "of x" },
          { type: "text", text: "And now a." },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "(nothing)" }] },
      { role: "user", content: [{ type: "text", text: "Go on." }] },
    ],
    tools: [{ name: "read_file", description: "Reads a file.", input_schema: readFile.parameters }],
  });
  expect(books.asked[0]).toMatchObject({ host: "127.0.0.1", port: server.port });
});

test.each([
  ["refusal", { refusal: "not this" }, "refused", /not this/],
  ["malformed events", { fault: { kind: "body", body: "event: message_start\ndata: {oops\n\n" } }, "unparsable", /JSON events/],
  ["no message", { fault: { kind: "body", body: "" } }, "unparsable", /no message/],
  ["401", { fault: { kind: "status", status: 401, body: '{"type":"error","error":{"message":"bad key {key}"}}' } }, "error", /HTTP 401: bad key «key»/],
  ["redirect", { fault: { kind: "redirect", to: "http://127.0.0.1:9/v1/messages" } }, "error", /sends us elsewhere/],
] as const)("%s is not tried again", async (_name, reply, outcome, why) => {
  const server = await serve([reply]);
  const answered = await gateway({ claude: anthropic(server) }).ask();
  expect(answered.ok).toBe(false);
  expect(tries(answered)).toBe(outcome);
  expect(whys(answered)).toMatch(why);
  expect(whys(answered)).not.toContain(key);
  expect(server.requests.length).toBe(1);
});

test.each([
  ["overloaded in the middle", { say: "half an answer", chunk: 2, fault: { kind: "error-event", message: "Overloaded" } }],
  ["cut in the middle", { say: "half an answer", chunk: 2, fault: { kind: "cut" } }],
  ["ends too early", { say: "half an answer", chunk: 2, fault: { kind: "ends-early" } }],
  ["529", { fault: { kind: "status", status: 529 } }],
] as const)("%s is tried again", async (_name, reply) => {
  const server = await serve([reply, { say: "whole" }]);
  const answered = await gateway({ claude: anthropic(server) }).ask();
  expect(answered.ok && answered.answer.text).toBe("whole");
  expect(tries(answered)).toBe("error ok");
});

test("a limit of the answer ends it as length; cached input counts", async () => {
  const body = [
    { type: "message_start", message: { usage: { input_tokens: 3, cache_read_input_tokens: 20, cache_creation_input_tokens: 7, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "so f" } },
    { type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 2 } },
    { type: "message_stop" },
  ];
  const events = body.map((each) => `event: ${each.type}\r\ndata: ${JSON.stringify(each)}\r\n\r\n`).join("");
  const server = await serve([{ fault: { kind: "body", body: events } }]);
  const answered = await gateway({ claude: anthropic(server) }).ask();
  expect(answered.ok && answered.answer).toMatchObject({ text: "so f", finish: "length", usage: { inputTokens: 30, outputTokens: 2 } });
});

test("two calls whose blocks come interleaved, and one whose input comes whole", async () => {
  const call = [
    { id: "a", tool: "x", args: { path: "one/long/path" } },
    { id: "b", tool: "y", args: { path: "two" } },
  ];
  const whole = [
    { type: "message_start", message: {} },
    { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "w", name: "z", input: { n: 1 } } },
    { type: "message_delta", delta: { stop_reason: "tool_use" } },
  ];
  const body = whole.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
  const server = await serve([{ call, interleaved: true, chunk: 3 }, { fault: { kind: "body", body } }]);
  const { ask } = gateway({ claude: anthropic(server) });
  const both = await ask();
  expect(both.ok && both.answer.toolCalls).toEqual(call.map(({ id, tool, args }) => ({ id, name: tool, args })));
  const one = await ask();
  expect(one.ok && one.answer.toolCalls).toEqual([{ id: "w", name: "z", args: { n: 1 } }]);
});
