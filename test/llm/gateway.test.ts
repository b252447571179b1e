import { expect, test } from "vitest";
import { anthropic, gateway, key, openai, serve, tries, whys } from "./gateway-fixture.ts";

const early = { say: "half of a longer answer", chunk: 3 };

test.each([
  ["429", { fault: { kind: "status", status: 429 } }],
  ["500", { fault: { kind: "status", status: 500 } }],
  ["408", { fault: { kind: "status", status: 408, body: "<html>busy</html>" } }],
  ["409", { fault: { kind: "status", status: 409 } }],
  ["a reset connection", { fault: { kind: "reset" } }],
  ["a stream that is cut in the middle", { ...early, fault: { kind: "cut" } }],
  ["a stream that ends before its end", { ...early, fault: { kind: "ends-early" } }],
  ["an error in the middle of the stream", { ...early, fault: { kind: "error-event", message: "overloaded" } }],
] as const)("%s is tried again at the same model", async (_name, reply) => {
  const server = await serve([reply, { say: "whole" }]);
  const { ask, books } = gateway({ one: openai(server) });
  const outcome = await ask();
  expect(outcome.ok && outcome.answer.text).toBe("whole");
  expect(tries(outcome)).toBe("error ok");
  expect(books.settled.length).toBe(2);
  expect(server.requests[1]?.body).toEqual(server.requests[0]?.body);
});

test.each([
  ["400", { fault: { kind: "status", status: 400, body: '{"error":{"message":"no such field"}}' } }, "error", /HTTP 400: no such field/],
  [
    "401 that quotes the key",
    { fault: { kind: "status", status: 401, body: "Incorrect API key provided: {key} and again {key}" } },
    "error",
    /HTTP 401: Incorrect API key/,
  ],
  ["403", { fault: { kind: "status", status: 403 } }, "error", /HTTP 403/],
  ["404", { fault: { kind: "status", status: 404 } }, "error", /HTTP 404/],
  ["a redirect", { fault: { kind: "redirect", to: "http://127.0.0.1:9/v1/chat/completions" } }, "error", /HTTP 307: it sends us elsewhere/],
  ["events that are no JSON", { fault: { kind: "body", body: 'data: {"choices": [\n\n' } }, "unparsable", /JSON events/],
  ["a page instead of events", { fault: { kind: "body", body: "<html>hello</html>", type: "text/html" } }, "unparsable", /no choices/],
  ["no choices", { fault: { kind: "body", body: 'data: {"choices": []}\n\ndata: 7\n\ndata: null\n\ndata: [DONE]\n\n' } }, "unparsable", /no choices/],
  ["a refusal", { refusal: "I will not" }, "refused", /I will not/],
  ["a content filter", { say: "so far", finish: "content_filter" }, "refused", /content filter/],
  ["a line without end", { fault: { kind: "endless", line: "x".repeat(4096) } }, "unparsable", /a line of the reply has more than/],
  [
    "a reply without end",
    { fault: { kind: "endless", line: `data: {"choices":[{"delta":{"content":"${"x".repeat(900)}"}}]}\n\n` } },
    "unparsable",
    /more than 8388608 bytes/,
  ],
  ["too many calls", { call: Array.from({ length: 65 }, (_, n) => ({ id: `c${n}`, tool: "t", args: {} })) }, "unparsable", /more than 64 tool calls/],
] as const)("after %s the next model is asked at once", async (_name, reply, expected, why) => {
  const [bad, good] = [await serve([reply]), await serve([{ say: "from the second" }])];
  const outcome = await gateway({ one: openai(bad), two: anthropic(good) }).ask();
  expect(outcome.ok && outcome.answer).toMatchObject({ text: "from the second", model: "two/m" });
  expect(tries(outcome)).toBe(`${expected} ok`);
  expect(whys(outcome)).toMatch(why);
  expect(JSON.stringify(outcome)).not.toContain(key);
  expect(bad.requests.length).toBe(1);
});

test("an error of a whole tier quotes no key, and is short and on one line", async () => {
  const server = await serve(() => ({ fault: { kind: "status", status: 401, body: `{key}\u001b[2J\n${"x".repeat(280)}{key}${"y".repeat(100_000)}` } }));
  const outcome = await gateway({ one: openai(server), two: anthropic(server) }).ask();
  expect(outcome).toMatchObject({ ok: false, outcome: "failed" });
  expect(JSON.stringify(outcome)).not.toContain(key.slice(0, 12));
  expect(whys(outcome)).toContain("«key»«U+001B»[2J");
  expect(
    Math.max(
      ...whys(outcome)
        .split("\n")
        .map((line) => line.length),
    ),
  ).toBeLessThan(1100);
});

test("Retry-After is honoured, in seconds and as a date, and capped", async () => {
  const soon = new Date(Date.now() + 5000).toUTCString();
  const replies = ["0.2", soon, "86400"].map((retryAfter) => ({ fault: { kind: "status" as const, status: 429, retryAfter } }));
  const server = await serve([...replies, { say: "at last" }]);
  const { ask } = gateway({ one: openai(server) }, { settings: { retries: 3 }, ports: { waits: { firstMs: 60_000, mostMs: 400 } } });
  const startedMs = performance.now();
  const outcome = await ask();
  expect(tries(outcome)).toBe("error error error ok");
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThan(200 + 400 + 400 - 20);
});

test("silence is tried again and then a time-out; the whole time is not tried again", async () => {
  const quiet = await serve(() => ({ fault: { kind: "silence" } }));
  const silent = await gateway({ one: openai(quiet) }, { settings: { silenceMs: 60, retries: 1 } }).ask();
  expect(silent).toMatchObject({ ok: false, outcome: "timeout", why: "one/m: not a byte for 60 ms" });
  expect(tries(silent)).toBe("timeout timeout");
  const deaf = await serve([{ fault: { kind: "silence", headers: false } }, { say: "ok" }]);
  expect(tries(await gateway({ one: anthropic(deaf) }, { settings: { silenceMs: 60 } }).ask())).toBe("timeout ok");
  const slow = await serve(() => ({ say: "a word at a time", fault: { kind: "slow", msPerByte: 5 } }));
  const late = await gateway({ one: openai(slow) }, { settings: { timeoutMs: 150, silenceMs: 140 } }).ask();
  expect(late).toMatchObject({ ok: false, outcome: "timeout", why: "one/m: no whole answer within 150 ms" });
  expect(slow.requests.length).toBe(1);
});

test("slow bytes are no silence", async () => {
  const server = await serve([{ say: "x", usage: null, fault: { kind: "slow", msPerByte: 1 } }]);
  const outcome = await gateway({ one: openai(server) }, { settings: { silenceMs: 300 } }).ask();
  expect(outcome.ok && outcome.answer.text).toBe("x");
});

test.each(["openai", "anthropic"] as const)("aborting ends the question at once and settles it: %s", async (kind) => {
  const server = await serve(() => ({ say: "slowly", fault: { kind: "slow", msPerByte: 50 } }));
  const { ask, books } = gateway({ one: kind === "openai" ? openai(server) : anthropic(server) });
  const stop = new AbortController();
  const reason = new Error("halted");
  const asked = ask({}, { signal: stop.signal });
  setTimeout(() => stop.abort(reason), 100);
  const startedMs = performance.now();
  await expect(asked).rejects.toBe(reason);
  expect(performance.now() - startedMs).toBeLessThan(1500);
  const [reserved] = books.reserved;
  expect(books.settled).toEqual([{ reservation: "b-1", tokens: reserved?.tokens, costUsd: reserved?.costUsd }]);
});

test("aborting ends a wait between two tries, and an aborted signal asks nobody", async () => {
  const server = await serve(() => ({ fault: { kind: "status", status: 500 } }));
  const { ask } = gateway({ one: openai(server) }, { ports: { waits: { firstMs: 60_000, mostMs: 60_000 } } });
  const stop = new AbortController();
  const asked = ask({}, { signal: stop.signal });
  setTimeout(() => stop.abort(new Error("stop")), 150);
  await expect(asked).rejects.toThrow("stop");
  await expect(ask({}, { signal: stop.signal })).rejects.toThrow("stop");
  expect(server.requests.length).toBe(1);
});

test("a call that is no JSON is asked for once more, then the next model is", async () => {
  const broken = { call: [{ tool: "read_file", args: '{"path": ' }] };
  const mended = await serve([broken, { call: [{ tool: "read_file", args: { path: "a" } }] }]);
  const { ask, books } = gateway({ one: openai(mended) });
  const outcome = await ask();
  expect(outcome.ok && outcome.answer.toolCalls[0]?.args).toEqual({ path: "a" });
  expect(tries(outcome)).toBe("unparsable ok");
  expect(books.settled.length).toBe(2);
  const messages = mended.requests[1]?.body["messages"] as { role: string; content: string }[];
  expect(messages.at(-1)).toMatchObject({ role: "user", content: expect.stringMatching(/- read_file: the arguments are no JSON/) });

  const stubborn = await serve([broken, broken, broken]);
  const second = await serve([{ say: "ok" }]);
  expect(tries(await gateway({ one: openai(stubborn), two: anthropic(second) }).ask())).toBe("unparsable unparsable ok");
  expect(stubborn.requests.length).toBe(2);
});

test("an unsure answer is asked of the next model; probabilities are wanted only then", async () => {
  const unsure = await serve([{ say: "perhaps", logprob: -1.5 }]);
  const sure = await serve([{ say: "surely", logprob: -0.01 }]);
  const outcome = await gateway({ one: openai(unsure), two: openai(sure) }, { confidenceMin: 0.6 }).ask();
  expect(outcome.ok && outcome.answer.text).toBe("surely");
  expect(tries(outcome)).toBe("unsure ok");
  expect(whys(outcome)).toContain("the mean probability of its tokens is 0.223, below 0.6");
  expect(unsure.requests[0]?.body["logprobs"]).toBe(true);
  const plain = await serve([{ say: "perhaps", logprob: -1.5 }]);
  expect((await gateway({ one: openai(plain) }).ask()).ok).toBe(true);
  expect(plain.requests[0]?.body).not.toHaveProperty("logprobs");
  const mute = await serve([{ say: "who knows" }]);
  expect(whys(await gateway({ one: openai(mute) }, { confidenceMin: 0.6 }).ask())).toContain("it did not say");
});

test("policy is asked before every try; a host that it denies is never contacted", async () => {
  const [one, two] = [await serve([]), await serve([{ fault: { kind: "status", status: 503 } }, { say: "ok" }])];
  const asked: number[] = [];
  const permit = ({ port }: { port: number }): { allowed: true } | { allowed: false; why: string } => {
    asked.push(port);
    return port === one.port ? { allowed: false, why: "no such host for this agent" } : { allowed: true };
  };
  const outcome = await gateway({ one: openai(one), two: openai(two) }, { ports: { permit } }).ask();
  expect(tries(outcome)).toBe("denied error ok");
  expect(asked).toEqual([one.port, two.port, two.port]);
  expect(one.requests).toEqual([]);
  const denied = await gateway({ one: openai(one) }, { ports: { permit } }).ask();
  expect(denied).toMatchObject({ ok: false, outcome: "denied", why: "one/m: no such host for this agent" });
});

test("a model whose key is not there is passed over; an address with a password is refused", async () => {
  const server = await serve([{ say: "ok" }]);
  const outcome = await gateway({ one: openai(server, { keyEnv: "NOT_SET_KEY" }), two: openai(server) }).ask();
  expect(tries(outcome)).toBe("error ok");
  expect(whys(outcome)).toContain("the variable NOT_SET_KEY is not set");
  const ask = gateway({ one: { kind: "openai", baseUrl: "http://me:secret@127.0.0.1:1/v1" } }).ask();
  await expect(ask).rejects.toMatchObject({ code: "llm/bad-endpoint", message: expect.not.stringContaining("secret") });
});

test("names that are not there are refused with the nearest one", async () => {
  const { ask } = gateway({ one: { kind: "openai" } });
  await expect(ask({ model: "tiers" })).rejects.toMatchObject({ code: "llm/no-such-model", hint: 'did you mean "tier"?' });
  await expect(ask({ model: "on/gpt" })).rejects.toMatchObject({ code: "llm/no-such-provider", hint: 'did you mean "one"?' });
  await expect(ask({ model: "constructor" })).rejects.toMatchObject({ code: "llm/no-such-model" });
});

test("a model that is named with its provider is asked alone, whatever slashes its name has", async () => {
  const server = await serve([{ say: "ok" }]);
  const outcome = await gateway({ one: openai(server) }).ask({ model: "one/meta/llama:8b" });
  expect(outcome.ok && outcome.answer.model).toBe("one/meta/llama:8b");
  expect(server.requests[0]?.body["model"]).toBe("meta/llama:8b");
});
