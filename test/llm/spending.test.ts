import fc from "fast-check";
import { expect, test } from "vitest";
import { costUsd, flatRates, globMatches, ratesOf, type Rates } from "../../src/llm/prices.ts";
import { inputTokensAtMost, tokensAtLeast, tokensAtMost } from "../../src/llm/estimate.ts";
import { trustedUsage } from "../../src/llm/usage.ts";
import { gateway, openai, serve, tries, whys } from "./gateway-fixture.ts";

test("what is set aside before a try is its worst case, and what it took is settled", async () => {
  const server = await serve([{ say: "ok", usage: { input: 50, output: 2 } }]);
  const { ask, books } = gateway({ one: openai(server) });
  const messages = [{ role: "user" as const, text: "word ".repeat(300) }];
  await ask({ messages, outputTokensMax: 1000, tools: [] });
  const [reserved] = books.reserved;
  expect(reserved?.tokens).toBe(inputTokensAtMost(messages, []) + 1000);
  expect(reserved?.costUsd).toBeCloseTo((inputTokensAtMost(messages, []) + 2000) / 1e6, 9);
  expect(books.settled[0]).toEqual({ reservation: "b-1", tokens: 52, costUsd: 0.000054 });
});

test("tries that failed are settled by what may have been taken", async () => {
  const half = { say: "half of an answer", chunk: 2 };
  const server = await serve([
    { fault: { kind: "status", status: 429 } },
    { fault: { kind: "status", status: 500 } },
    { ...half, fault: { kind: "cut" } },
    { say: "ok", usage: { input: 40, output: 1 } },
  ]);
  const { ask, books } = gateway({ one: openai(server) }, { settings: { retries: 3 } });
  const outcome = await ask();
  const worst = books.reserved[0]?.tokens ?? 0;
  expect(books.settled.map(({ tokens }) => tokens)).toEqual([0, worst - 100, worst, 41]);
  const input = worst - 100 + (worst - 100) + 40;
  expect(outcome.ok && outcome.answer.usage).toEqual({ inputTokens: input, outputTokens: 101 });
  expect(outcome.ok && outcome.answer.costUsd).toBeCloseTo((input + 202) / 1e6, 9);
});

test.each([
  ["negative", { input: -5, output: 3 }],
  ["no number", { input: "many", output: 3 }],
  ["not whole", { input: 50.5, output: 3 }],
  ["beyond reason", { input: 9_000_000, output: 3 }],
  ["less than was sent", { input: 0, output: 3 }],
] as const)("usage that is %s is replaced by our estimate, and the answer says so", async (_name, usage) => {
  const server = await serve([{ say: "ok", usage }]);
  const { ask, books } = gateway({ one: openai(server) });
  const outcome = await ask();
  const estimate = (books.reserved[0]?.tokens ?? 0) - 100;
  expect(outcome.ok && outcome.answer.usage).toEqual({ inputTokens: estimate, outputTokens: 3 });
  expect(whys(outcome)).toMatch(/the usage that was reported \(.*\) is not plausible/);
});

test("usage that nobody reports is estimated", async () => {
  const server = await serve([{ say: "some words of an answer", usage: null }]);
  const outcome = await gateway({ one: openai(server) }).ask();
  expect(outcome.ok && outcome.answer.usage.outputTokens).toBe(tokensAtMost("some words of an answer"));
  expect(whys(outcome)).toContain("no usage was reported");
});

test("a budget that refuses ends the question without asking, and names its limit; a cheaper model may be asked", async () => {
  const server = await serve([{ say: "ok" }]);
  const reserve = ({ model, costUsd }: { model: string; costUsd: number }) =>
    costUsd > 0 ? { granted: false as const, limit: "budgets/month", reason: `${model} costs too much` } : { granted: true as const, reservation: "b" };
  const settings = { prices: { "dear/*": { inputUsd: 10, outputUsd: 30 }, "local/*": { inputUsd: 0, outputUsd: 0 } } };
  const refused = await gateway({ dear: openai(server) }, { settings, reserve }).ask();
  expect(refused).toMatchObject({ ok: false, outcome: "budget", limit: "budgets/month", why: "dear/m: dear/m costs too much" });
  expect(server.requests).toEqual([]);
  expect(tries(await gateway({ dear: openai(server), local: openai(server) }, { settings, reserve }).ask())).toBe("budget ok");
});

test("a model without a price is left to the purse, which may set a rate", async () => {
  const server = await serve(() => ({ say: "ok", usage: { input: 900, output: 100 } }));
  const settings = { prices: {} };
  const refusing = gateway({ one: openai(server) }, { settings, reserve: () => ({ granted: false, limit: "base/unknown-price", reason: "unknown price" }) });
  expect(await refusing.ask()).toMatchObject({ ok: false, outcome: "budget", limit: "base/unknown-price" });
  expect(refusing.books.reserved[0]).toMatchObject({ priceKnown: false, costUsd: 0 });
  const rated = gateway({ one: openai(server) }, { settings, reserve: () => ({ granted: true, reservation: "b", costRateUsd: 5 }) });
  const outcome = await rated.ask({ messages: [{ role: "user", text: "word ".repeat(300) }] });
  expect(outcome.ok && outcome.answer.costUsd).toBe(0.005);
});

test("prices come from the settings, the most exact name first, then from the price data by the provider's address", async () => {
  const base = { providers: {}, tiers: {}, roles: { planner: "", coder: "", critic: "" }, timeoutMs: 1, silenceMs: 1, retries: 0, cacheTtlMs: 0 };
  const prices = { "*": { inputUsd: 9, outputUsd: 9 }, "openai/gpt-*": { inputUsd: 2, outputUsd: 2 }, "openai/gpt-4o": { inputUsd: 1, outputUsd: 1 } };
  const model = (id: string) => ({ id, providerName: "openai", provider: { kind: "openai" as const }, name: id.slice(id.indexOf("/") + 1) });
  const known = (id: string, url: string | undefined, given: Record<string, { inputUsd: number; outputUsd: number }> = {}) =>
    ratesOf({ ...base, prices: given }, model(id), url, Date.parse("2026-06-01"));
  expect((await known("openai/gpt-4o", "https://x/v1", prices))?.input[0]?.usd).toBe(1);
  expect((await known("openai/gpt-5", "https://x/v1", prices))?.input[0]?.usd).toBe(2);
  expect((await known("a/b", "https://x/v1", prices))?.input[0]?.usd).toBe(9);
  const listed = await known("openai/gpt-4o-mini", "https://api.openai.com/v1");
  expect(listed).toMatchObject({ source: "price data" });
  expect(listed && costUsd(listed, { inputTokens: 1_000_000, outputTokens: 1_000_000 })).toBe(0.75);
  const tiered = await known("anthropic/claude-sonnet-4-5", "https://api.anthropic.com");
  expect(tiered && costUsd(tiered, { inputTokens: 1000, outputTokens: 0 })).toBe(0.003);
  expect(await known("openai/gpt-4o-mini", "http://127.0.0.1:11434/v1")).toBeUndefined();
  expect(await known("openai/no-such-model", "https://api.openai.com/v1")).toBeUndefined();
  expect(await known("file/m", undefined)).toEqual(flatRates(0, 0, "no charge"));
});

test("a cost is exact and rounded up once, to a millionth", () => {
  const tokens = fc.integer({ min: 0, max: 10_000_000 });
  const rate = fc.integer({ min: 0, max: 10_000_000 });
  fc.assert(
    fc.property(tokens, tokens, rate, rate, (inputTokens, outputTokens, input, output) => {
      const cost = costUsd(flatRates(input / 1000, output / 1000, "settings"), { inputTokens, outputTokens });
      const exact = BigInt(inputTokens) * BigInt(input) + BigInt(outputTokens) * BigInt(output);
      expect(BigInt(Math.round(cost * 1e6))).toBe((exact + 999n) / 1000n);
    }),
  );
  const long: Rates = {
    ...flatRates(0, 0, "settings"),
    input: [
      { above: -1, usd: 3 },
      { above: 200_000, usd: 6 },
    ],
  };
  expect(costUsd(long, { inputTokens: 200_000, outputTokens: 0 })).toBe(0.6);
  expect(costUsd(long, { inputTokens: 200_001, outputTokens: 0 })).toBe(1.200006);
});

test("the estimates of any text are on the right sides of each other", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
      expect(tokensAtLeast(text)).toBeLessThanOrEqual(tokensAtMost(text));
      expect(tokensAtMost(text)).toBeLessThanOrEqual(Buffer.byteLength(text));
    }),
  );
});

test("whatever usage is reported, what counts is whole, not negative and bounded", () => {
  const measured = { sent: "word ".repeat(100), came: "an answer", estimate: { inputTokens: 200, outputTokens: 50 } };
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (inputTokens, outputTokens) => {
      const { usage } = trustedUsage({ inputTokens, outputTokens }, measured);
      for (const count of [usage.inputTokens, usage.outputTokens]) {
        expect(Number.isSafeInteger(count) && count >= 0 && count <= 800).toBe(true);
      }
    }),
  );
});

test("a glob means what it says", () => {
  expect(["a/b", "a/", "a/b*c"].map((text) => globMatches("a/*", text))).toEqual([true, true, true]);
  expect(globMatches("a*b*c", "a-b-c")).toBe(true);
  expect(globMatches("a*b*c", "ac-b")).toBe(false);
  expect(globMatches("aa*aa", "aaa")).toBe(false);
  expect(globMatches("a.c", "abc")).toBe(false);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b", "*") }), fc.string({ unit: fc.constantFrom("a", "b") }), (glob, text) => {
      expect(globMatches(glob, text)).toBe(new RegExp(`^${glob.replaceAll(/\*+/g, ".*")}$`).test(text));
    }),
  );
});
