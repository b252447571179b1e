import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatMessage } from "../../src/agent/message.ts";
import type { Model, ModelOutcome, ModelRequest } from "../../src/agent/model.ts";
import { newId } from "../../src/base/ids.ts";
import { sha256 } from "../../src/base/digest.ts";
import { normalised, requestMarks } from "../../src/llm/normalise.ts";
import { lanesOf, recordingModel, requireCassette } from "../../src/llm/recording.ts";
import { folder } from "../support/workspace.ts";
import { gateway, openai, readFile, serve, whys } from "./gateway-fixture.ts";

const signal = new AbortController().signal;

/** A conversation of two requests, with the ids of one run. */
function conversation(ids: { run: string; backtest: string }): [ModelRequest, ModelRequest] {
  const base = { role: "coder" as const, tools: [readFile], outputTokensMax: 100 };
  const first: ChatMessage[] = [{ role: "user", text: `Test it in ${ids.run}.` }];
  const second: ChatMessage[] = [
    ...first,
    { role: "assistant", text: "", toolCalls: [{ id: newId("x"), name: "backtest", args: { strategy: "s" } }] },
    {
      role: "tool",
      call: newId("x"),
      name: "backtest",
      text: `{"id":"${ids.backtest}","durationMs":${ids.run.length},"at":"2026-11-28T10:0${ids.run.length % 10}:00Z","trades":7}`,
    },
  ];
  return [
    { ...base, messages: first },
    { ...base, messages: second },
  ];
}

const then = { run: "r-0000000000", backtest: "bt-1111111111" };
const now = { run: "r-zzzzzzzzzz", backtest: "bt-yyyyyyyyyy" };

async function recordedFile(): Promise<string> {
  const file = join(folder(), "deep/cassette.jsonl");
  const answers = [
    { call: [{ id: "c1", tool: "backtest", args: { strategy: "s" } }] },
    { say: `see ${then.backtest}`, call: [{ id: "c2", tool: "show", args: { id: then.backtest } }] },
  ];
  const server = await serve(answers);
  const live = gateway({ one: openai(server) });
  const inner: Model = { ask: (request, options) => live.ask(request, { signal: options.signal }) };
  const model = recordingModel(inner, file);
  for (const request of conversation(then)) await model.ask(request, { signal });
  return file;
}

const replay = (file: string, drift?: "accept"): ((request: ModelRequest) => Promise<ModelOutcome>) => {
  const { ask, books } = gateway({ tape: { kind: "recorded", file, drift } });
  return async (request) => {
    const outcome = await ask(request);
    expect(books.asked).toEqual([]);
    return outcome;
  };
};

test("what was recorded from a live model is answered again, offline and at no cost, with the names of the new run", async () => {
  const file = await recordedFile();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { ask, books } = gateway({ tape: { kind: "recorded", file } }, { settings: { prices: {} } });
  const [first, second] = conversation(now);
  expect(await ask(first)).toMatchObject({ ok: true, answer: { toolCalls: [{ name: "backtest", args: { strategy: "s" } }], costUsd: 0, model: "tape/m" } });
  expect(await ask(second)).toMatchObject({ ok: true, answer: { text: `see ${now.backtest}`, toolCalls: [{ name: "show", args: { id: now.backtest } }] } });
  expect(books.reserved.every(({ costUsd, priceKnown }) => costUsd === 0 && priceKnown)).toBe(true);
});

test("a run that goes on in another process begins in the middle", async () => {
  const [, second] = conversation(now);
  expect(await replay(await recordedFile())(second)).toMatchObject({ ok: true, answer: { text: `see ${now.backtest}` } });
});

test("another request is refused and says where it differs, unless drift is accepted", async () => {
  const file = await recordedFile();
  const [first, second] = conversation(now);
  const changed: ModelRequest = { ...second, messages: second.messages.map((message) => ({ ...message, text: message.text.replace("7", "8") })) };
  const strict = replay(file);
  await strict(first);
  const refused = await strict(changed);
  expect(refused).toMatchObject({ ok: false, outcome: "failed" });
  expect(whys(refused)).toMatch(/entry 1 of coder [0-9a-f]{16} differs at message 3 \(tool backtest\)/);
  expect(whys(await replay(file)({ ...first, tools: [] }))).toContain("was made with other tools");
  expect(whys(await replay(file)({ ...first, messages: [{ role: "user", text: "Else." }] }))).toContain("nothing is recorded for it");
  const lax = replay(file, "accept");
  await lax(first);
  expect(await lax(changed)).toMatchObject({ ok: true, answer: { text: `see ${now.backtest}` } });
  expect(whys(await lax(changed))).toContain("all were given");
});

test("a cassette that is broken is refused by line; recording goes on where it ended", async () => {
  const file = await recordedFile();
  const whole = readFileSync(file, "utf8");
  const [first] = conversation(then);
  const model = recordingModel(
    {
      ask: async () => ({
        ok: true,
        answer: {
          text: "more",
          toolCalls: [],
          finish: "stop",
          usage: { inputTokens: 1, outputTokens: 1 },
          costUsd: 0,
          model: "m/m",
          cached: false,
          attempts: [],
        },
      }),
    },
    file,
  );
  await model.ask(first, { signal });
  expect(JSON.parse(readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "")).toMatchObject({ n: 2, answer: { text: "more" } });
  for (const line of ["{", "[]", '{"v":2}', whole.split("\n")[0] ?? ""]) {
    writeFileSync(file, whole);
    appendFileSync(file, `${line}\n`);
    await expect(replay(file)(first)).rejects.toMatchObject({ code: "llm/bad-cassette", message: expect.stringContaining(`${file}:3 `) });
  }
  await expect(replay(join(folder(), "none"))(first)).rejects.toMatchObject({ code: "llm/no-cassette" });
});

test("what was no answer is not recorded", async () => {
  const file = join(folder(), "c.jsonl");
  const none: ModelOutcome = { ok: false, outcome: "failed", why: "no", attempts: [] };
  expect(await recordingModel({ ask: async () => none }, file).ask(conversation(then)[0], { signal })).toBe(none);
  expect(existsSync(file)).toBe(false);
});

test("ids, digests, times, durations and addresses make no difference; words and figures do", () => {
  const seconds = fc.integer({ min: 0, max: 59 }).map((n) => String(n).padStart(2, "0"));
  fc.assert(
    fc.property(seconds, fc.nat(1e9), fc.string(), (second, number, word) => {
      const text = (prefix: string, some: string): string =>
        `${prefix} ${newId("r")} ${newId("bt")} ${sha256(some)} 2026-01-02T03:04:${second}.${number % 1000}Z took ${number} ms {"durationMs": ${number}} 17${String(number).padStart(11, "0")} at 0x${number.toString(16).padStart(12, "7")}>`;
      expect(normalised(text("a", word))).toBe(normalised(text("a", `${word}b`)));
      expect(normalised(text("a", word))).not.toBe(normalised(text("b", word)));
      expect(normalised(`${number} rows`)).toBe(`${number} rows`);
    }),
  );
});

test("no text makes the marks of a request fail or take long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const marks = requestMarks({ role: "critic", messages: [{ role: "user", text }], tools: [] });
      expect(marks.lane).toMatch(/^critic [0-9a-f]{16}$/);
    }),
  );
  const startedMs = performance.now();
  for (const piece of ["0", "a-", '"', "2026-", "1 ", "f", "T00:"]) normalised(piece.repeat(500_000));
  expect(performance.now() - startedMs).toBeLessThan(5000);
});

test("several who write into one cassette at once make one that can be read; a file that cannot be written is said before anything is asked", async () => {
  const file = join(folder(), "shared.jsonl");
  const usage = { inputTokens: 1, outputTokens: 1 };
  const answer = { text: "yes", toolCalls: [], finish: "stop", usage, costUsd: 0, model: "m/m", cached: false, attempts: [] } as const;
  const inner: Model = { ask: async () => ({ ok: true, answer }) };
  const lanes = lanesOf(file);
  const [one, two] = [1, 2].map(() => recordingModel(inner, file, undefined, lanes));
  const [request] = conversation(then);
  await Promise.all([one?.ask(request, { signal }), two?.ask(request, { signal }), one?.ask(request, { signal })]);
  expect([...lanesOf(file).values()]).toEqual([3]);
  requireCassette(file);
  expect(() => requireCassette(join(file, "below"))).toThrow(expect.objectContaining({ code: "llm/unwritable-cassette", exit: "usage" }) as Error);
  appendFileSync(file, "{");
  expect(() => requireCassette(file)).toThrow(expect.objectContaining({ code: "llm/bad-cassette" }) as Error);
});
