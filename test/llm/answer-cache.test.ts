import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openAnswerCache } from "../../src/llm/answer-cache.ts";
import { keptAnswer } from "../../src/llm/kept-answer.ts";
import { sha256 } from "../../src/base/digest.ts";
import { folder } from "../support/workspace.ts";
import { gateway, openai, serve, tries, type TestGateway } from "./gateway-fixture.ts";
import type { ModelServer } from "../support/model-server.ts";

async function caching(more: Partial<Parameters<typeof gateway>[1]> = {}): Promise<TestGateway & { dir: string; server: ModelServer }> {
  const server = await serve(() => ({ say: "an answer", call: [{ id: "c", tool: "read_file", args: { path: "a" } }] }));
  const dir = join(folder(), "cache");
  const asked = gateway({ one: openai(server) }, { settings: { cacheTtlMs: 60_000 }, ...more, ports: { cache: openAnswerCache(dir), ...more.ports } });
  return { ...asked, dir, server };
}

test("the same question is answered from the cache: no request, no cost, and it says so", async () => {
  const { ask, dir, server, books } = await caching();
  const first = await ask({ temperature: 0 });
  const told: string[] = [];
  const second = await ask({ temperature: 0 }, { onText: (text) => told.push(text) });
  if (!first.ok || !second.ok) throw new Error("no answer");
  const { text, toolCalls, finish, model } = first.answer;
  expect(second.answer).toEqual({
    text,
    toolCalls,
    finish,
    model,
    usage: { inputTokens: 0, outputTokens: 0 },
    costUsd: 0,
    cached: true,
    attempts: [{ model: "one/m", outcome: "ok", why: "from the cache", durationMs: 0 }],
  });
  expect(told).toEqual(["an answer"]);
  expect([server.requests.length, books.reserved.length, books.asked.length]).toEqual([1, 1, 2]);
  const [file = ""] = readdirSync(dir);
  expect(file).toMatch(/^[0-9a-f]{64}\.json$/);
  expect([statSync(join(dir, file)).mode & 0o777, statSync(dir).mode & 0o777]).toEqual([0o600, 0o700]);
});

test("another question, model or temperature is asked; so is everything when no time is given", async () => {
  const { ask, server } = await caching();
  await ask();
  for (const request of [
    { outputTokensMax: 99 },
    { tools: [] },
    { model: "one/other" },
    { messages: [{ role: "user" as const, text: "else" }] },
    { temperature: 0.7 },
  ])
    await ask(request);
  await ask({ temperature: 0.7 });
  expect(server.requests.length).toBe(7);
  const never = await caching({ settings: { cacheTtlMs: 0 } });
  await never.ask();
  await never.ask();
  expect(never.server.requests.length).toBe(2);
});

test("a model that policy denies does not answer from the cache", async () => {
  let allowed = true;
  const { ask } = await caching({ ports: { permit: () => (allowed ? { allowed } : { allowed, why: "no more" }) } });
  await ask();
  allowed = false;
  expect(await ask()).toMatchObject({ ok: false, outcome: "denied" });
});

test("what was no answer is not kept", async () => {
  const server = await serve([{ refusal: "no" }, { say: "yes" }]);
  const dir = join(folder(), "cache");
  const { ask } = gateway({ one: openai(server) }, { settings: { cacheTtlMs: 1000 }, ports: { cache: openAnswerCache(dir) } });
  expect(tries(await ask())).toBe("refused");
  expect(existsSync(dir)).toBe(false);
});

test("an entry that is old, cut off, changed or not an answer is a miss", async () => {
  const dir = folder();
  let nowMs = 1000;
  const cache = openAnswerCache(dir, { nowMs: () => nowMs, monotonicMs: () => nowMs });
  const key = sha256("k");
  const file = join(dir, `${key}.json`);
  await cache.put(key, { text: "x" }, 500);
  expect(await cache.get(key)).toEqual({ text: "x" });
  const whole = readFileSync(file, "utf8");
  for (const broken of ["", whole.slice(0, -5), whole.replace('"x"', '"y"'), whole.replace("1500", "9999"), "[]", "null"]) {
    writeFileSync(file, broken);
    expect(await cache.get(key)).toBeUndefined();
  }
  writeFileSync(file, whole);
  nowMs = 1500;
  expect(await cache.get(key)).toBeUndefined();
  expect(readdirSync(dir)).toEqual([]);
  expect(await cache.get("../../etc/passwd")).toBeUndefined();
  await cache.put("../evil", 1, 500);
  expect(readdirSync(dir)).toEqual([]);
});

test("a folder that cannot be written to costs nothing but the cache", async () => {
  const file = join(folder(), "a-file");
  writeFileSync(file, "");
  const cache = openAnswerCache(file);
  await cache.put(sha256("k"), 1, 500);
  expect(await cache.get(sha256("k"))).toBeUndefined();
});

test("only what is an answer comes out of a cache", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const kept = keptAnswer(value);
      expect(kept === undefined || typeof kept.text === "string").toBe(true);
    }),
  );
  expect(keptAnswer({ text: "x", toolCalls: [{ id: 1, name: "y" }], finish: "stop" })).toBeUndefined();
  expect(keptAnswer({ text: "x", toolCalls: [], finish: "stop", extra: 1 })).toEqual({ text: "x", toolCalls: [], finish: "stop" });
});
