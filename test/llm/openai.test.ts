import { expect, test } from "vitest";
import { gateway, key, openai, readFile, serve, tries } from "./gateway-fixture.ts";

test("a question, as it goes over the wire and comes back", async () => {
  const server = await serve([{ say: "hello\nyou", chunk: 3, usage: { input: 31, output: 5 } }]);
  const { ask, books } = gateway({ one: openai(server) });
  const told: string[] = [];
  const outcome = await ask({ temperature: 0.2 }, { onText: (text) => told.push(text) });
  expect(outcome).toEqual({
    ok: true,
    answer: {
      text: "hello\nyou",
      toolCalls: [],
      finish: "stop",
      usage: { inputTokens: 31, outputTokens: 5 },
      costUsd: 0.000041,
      model: "one/m",
      cached: false,
      attempts: [{ model: "one/m", outcome: "ok", durationMs: expect.any(Number) }],
    },
  });
  expect(told).toEqual(["hello\n", "you"]);
  const [request] = server.requests;
  expect(request?.path).toBe("/v1/chat/completions");
  expect(request?.body).toEqual({
    model: "m",
    messages: [
      { role: "system", content: "You work." },
      { role: "user", content: "Say hello." },
    ],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 100,
    temperature: 0.2,
    tools: [{ type: "function", function: readFile }],
  });
  const { authorization, "user-agent": agent, ...headers } = request?.headers ?? {};
  expect([authorization, agent]).toEqual([`Bearer ${key}`, "agentctl"]);
  expect(Object.keys(headers).filter((name) => name.startsWith("x-") || name.startsWith("openai-"))).toEqual([]);
  expect(books.asked).toEqual([{ model: "one/m", host: "127.0.0.1", port: server.port }]);
  expect(books.reserved[0]).toMatchObject({ model: "one/m", priceKnown: true });
  expect(books.settled).toEqual([{ reservation: "b-1", tokens: 36, costUsd: 0.000041 }]);
});

test("variables of the library in the environment change nothing", async () => {
  const names = ["OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY", "OPENAI_LOG"];
  for (const name of names) process.env[name] = name === "OPENAI_CUSTOM_HEADERS" ? "X-Stolen: yes" : "elsewhere";
  try {
    const server = await serve([{ say: "ok" }]);
    const outcome = await gateway({ local: openai(server, { keyEnv: undefined }) }).ask();
    expect(outcome.ok).toBe(true);
    expect(JSON.stringify(server.requests[0]?.headers)).not.toMatch(/stolen|elsewhere|authorization/i);
  } finally {
    for (const name of names) delete process.env[name];
  }
});

test("a call whose arguments come in pieces, and the conversation that goes on with its result", async () => {
  const args = { path: "a/“b”.txt", note: '{"x": "</tool>"}', lines: [1, 2, 3] };
  const server = await serve([{ think: "which file?", say: "I look.", call: [{ id: "call_a", tool: "read_file", args }], chunk: 2 }, { say: "done" }]);
  const { ask } = gateway({ one: openai(server) });
  const first = await ask();
  if (!first.ok) throw new Error(first.why);
  expect(first.answer).toMatchObject({
    text: "I look.",
    thinking: "which file?",
    finish: "tool-calls",
    toolCalls: [{ id: "call_a", name: "read_file", args }],
  });
  const { text, toolCalls } = first.answer;
  await ask({
    messages: [
      { role: "user", text: "Read." },
      { role: "assistant", text, toolCalls },
      { role: "tool", call: "call_a", name: "read_file", text: "its text" },
    ],
  });
  expect(server.requests[1]?.body["messages"]).toEqual([
    { role: "user", content: "Read." },
    {
      role: "assistant",
      content: "I look.",
      tool_calls: [{ id: "call_a", type: "function", function: { name: "read_file", arguments: JSON.stringify(args) } }],
    },
    { role: "tool", tool_call_id: "call_a", content: "its text" },
  ]);
});

test("two calls that come interleaved are put together by their index", async () => {
  const call = [
    { id: "a", tool: "read_file", args: { path: "first/long/path.txt" } },
    { id: "b", tool: "list_files", args: { path: "second" } },
  ];
  const server = await serve([{ call, interleaved: true, chunk: 4 }]);
  const outcome = await gateway({ one: openai(server) }).ask();
  if (!outcome.ok) throw new Error(outcome.why);
  expect(outcome.answer.toolCalls).toEqual(call.map(({ id, tool, args }) => ({ id, name: tool, args })));
});

test("calls with one id or strange ones get ids of their own; a tool that is not there is for the loop to say", async () => {
  const call = [
    { id: "same", tool: "read_file", args: { path: "a" } },
    { id: "same", tool: "launch\u0000_missiles", args: {} },
    { id: "\n; rm", tool: "read_file", args: "" },
  ];
  const server = await serve([{ call }]);
  const outcome = await gateway({ one: openai(server) }).ask();
  if (!outcome.ok) throw new Error(outcome.why);
  const ids = outcome.answer.toolCalls.map(({ id }) => id);
  expect(ids[0]).toBe("same");
  expect(new Set(ids).size).toBe(3);
  expect(ids.every((id) => /^\w+$/.test(id))).toBe(true);
  expect(outcome.answer.toolCalls[1]?.name).toBe("launch\u0000_missiles");
  expect(outcome.answer.toolCalls[2]?.args).toEqual({});
});

test("thoughts at the start of the text are kept apart, also while the text comes", async () => {
  const server = await serve([{ say: "<think>\nI should <tool>\nsay no\n</think>\n\nYes.\nSure.", chunk: 1 }]);
  const told: string[] = [];
  const outcome = await gateway({ one: openai(server) }).ask({}, { onText: (text) => told.push(text) });
  if (!outcome.ok) throw new Error(outcome.why);
  expect(outcome.answer).toMatchObject({ text: "Yes.\nSure.", thinking: "I should <tool>\nsay no" });
  expect(told.join("")).toBe("Yes.\nSure.");
});

test("half a character pair from the server is made whole, and arguments that no record can hold are a problem", async () => {
  const bad = ['{"a": 1e999}', `{"a": ${"[".repeat(100)}${"]".repeat(100)}}`, '{"__proto__": 1}'];
  const server = await serve([
    { say: "x\ud800y", call: [{ tool: "read_file", args: '{"path": "\\ud800"}' }] },
    ...bad.map((args) => ({ call: [{ tool: "t", args }] })),
  ]);
  const { ask } = gateway({ one: openai(server) });
  const outcome = await ask();
  if (!outcome.ok) throw new Error(outcome.why);
  expect(outcome.answer.text).toBe("x\ufffdy");
  expect(outcome.answer.toolCalls[0]?.args).toEqual({ path: "\ufffd" });
  expect(tries(await ask())).toBe("unparsable unparsable");
});

test("arguments that are no object are told to the loop with the call", async () => {
  const server = await serve([{ call: [{ tool: "read_file", args: "[1]" }] }]);
  const outcome = await gateway({ one: openai(server) }).ask();
  expect(outcome.ok && outcome.answer.toolCalls).toEqual([{ id: "call_s0", name: "read_file", args: [1], problem: "the arguments must be a JSON object" }]);
});

test("OpenAI itself is told the limit by its new name, all others by the old one", async () => {
  const { openaiRequest } = await import("../../src/llm/openai-messages.ts");
  const request = { role: "coder" as const, model: "m", messages: [], tools: [], outputTokensMax: 7, logprobs: false };
  expect(openaiRequest(request, "api.openai.com")).toMatchObject({ max_completion_tokens: 7 });
  expect(openaiRequest(request, "openai.com.example.org")).toMatchObject({ max_tokens: 7 });
});

test("servers that give every call the same index, or none, are told by the ids of the calls", async () => {
  const body = (pieces: readonly object[]): string =>
    [...pieces.map((piece) => ({ choices: [{ delta: { tool_calls: [piece] } }] })), { choices: [{ delta: {}, finish_reason: "stop" }] }]
      .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
      .join("");
  const part = (id: string | undefined, name: string | undefined, args: string): object => ({
    ...(id !== undefined && { id }),
    function: { name, arguments: args },
  });
  const pieces = [part("a", "x", '{"n":'), part(undefined, undefined, "1}"), part("b", "y", '{"n":'), part(undefined, undefined, "2}")];
  const server = await serve([
    { fault: { kind: "body", body: body(pieces) } },
    { fault: { kind: "body", body: body(pieces.map((piece) => ({ ...piece, index: 0 }))) } },
  ]);
  const { ask } = gateway({ one: openai(server) });
  for (const outcome of [await ask(), await ask()]) {
    expect(outcome.ok && outcome.answer).toMatchObject({
      finish: "tool-calls",
      toolCalls: [
        { id: "a", name: "x", args: { n: 1 } },
        { id: "b", name: "y", args: { n: 2 } },
      ],
    });
  }
});
