import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { post } from "../../src/notify/post.ts";
import { retryAfterMs } from "../../src/notify/retry-after.ts";
import { noticeServer, type NoticeAnswer, type NoticeServer } from "../support/notice-server.ts";

const open: NoticeServer[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((server) => server.close()))));

async function serve(...answers: NoticeAnswer[]): Promise<NoticeServer> {
  const server = await noticeServer(...answers);
  open.push(server);
  return server;
}

const usual = { body: '{"a":1}', headers: { "content-type": "application/json" }, timeoutMs: 5000, retries: 2 };

test("what is posted, and what is answered", async () => {
  const server = await serve({ status: 201, headers: { "x-one": "1" }, body: "né" });
  const answer = await post({ ...usual, url: `${server.url}/in` });
  expect([answer.status, answer.headers.get("x-one"), answer.body]).toEqual([201, "1", "né"]);
  expect(server.notices).toMatchObject([{ path: "/in", text: '{"a":1}', headers: { "content-type": "application/json" } }]);
});

test("429, 5xx and broken connections are tried again, and no more often than asked", async () => {
  const passing = await serve({ status: 429, headers: { "retry-after": "0.01" } }, "reset", { status: 204 });
  expect((await post({ ...usual, url: passing.url })).status).toBe(204);
  expect(passing.notices).toHaveLength(3);
  const failing = await serve({ status: 500 }, { status: 502 }, { status: 503 }, { status: 200 });
  expect((await post({ ...usual, url: failing.url })).status).toBe(503);
  expect(failing.notices).toHaveLength(3);
});

test("other answers are answers: nothing is tried again, and no redirect is followed", async () => {
  const target = await serve();
  const server = await serve({ status: 400, body: "no" }, { status: 307, headers: { location: `${target.url}/stolen` } });
  expect(await post({ ...usual, url: server.url })).toMatchObject({ status: 400, body: "no" });
  expect((await post({ ...usual, url: server.url })).status).toBe(307);
  expect([server.notices.length, target.notices.length]).toEqual([2, 0]);
});

test("a server that asks for a longer wait than one has gets no second try", async () => {
  const server = await serve({ status: 429, headers: { "retry-after": "3600" } });
  expect((await post({ ...usual, url: server.url })).status).toBe(429);
  expect(server.notices).toHaveLength(1);
});

test("an answer without end is cut, and one that never comes is given up", async () => {
  const server = await serve("endless", "silence", "silence");
  const answer = await post({ ...usual, url: server.url, answerBytesMax: 100_000 });
  expect([answer.status, answer.body.length]).toEqual([200, 100_000]);
  const late = await thrownBy(post({ ...usual, url: server.url, timeoutMs: 200, retries: 1 }));
  expect([late.code, server.notices.length]).toEqual(["notify/timeout", 3]);
});

test("an abort ends it at once, also in its waits", async () => {
  const server = await serve({ status: 429, headers: { "retry-after": "9" } });
  const stop = new AbortController();
  const sent = post({ ...usual, url: server.url, signal: stop.signal });
  await server.came(1);
  stop.abort(new AgentctlError("cli/interrupted", "interrupted"));
  expect((await thrownBy(sent)).code).toBe("cli/interrupted");
});

test("no error holds the address", async () => {
  const server = await serve("reset");
  const texts = await Promise.all(
    [`${server.url}/bot1:SECRET/sendMessage`, "http://127.0.0.1:1/SECRET", "ftp://x/SECRET", "http://u:SECRET@x/", "SECRET"].map(async (url) => {
      const error = await thrownBy(post({ ...usual, url, retries: 0 }));
      return `${error.code} ${error.message} ${error.hint}`;
    }),
  );
  expect(texts.join("\n")).not.toContain("SECRET");
  expect(texts.map((text) => text.split(" ")[0])).toEqual(["notify/no-answer", "notify/no-answer", "notify/bad-url", "notify/bad-url", "notify/bad-url"]);
});

test("what Retry-After may say", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(["2", "0.35", "1.000001", "Thu, 01 Jan 2026 00:00:07 GMT", "Wed, 31 Dec 2025 00:00:00 GMT"].map((text) => retryAfterMs(text, now))).toEqual([
    2000, 350, 1001, 7000, 0,
  ]);
  expect(["", "-1", "soon", "1e9", "12345678901", "2026", "Thu, 99 Foo"].slice(0, 4).map((text) => retryAfterMs(text, now))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (text) => {
      const ms = retryAfterMs(text, now);
      return ms === undefined || (Number.isFinite(ms) && ms >= 0);
    }),
  );
});

async function thrownBy(work: Promise<unknown>): Promise<AgentctlError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof AgentctlError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}
