import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { embedReply } from "../../src/llm/embed-reply.ts";
import { embedTexts, type Embedded } from "../../src/llm/embed.ts";
import type { ModelSettings } from "../../src/llm/settings.ts";
import { embeddingServer, type EmbeddingServer } from "../support/memory.ts";

let server: EmbeddingServer;
beforeAll(async () => {
  server = await embeddingServer();
});
afterAll(() => server.close());
beforeEach(() => Object.assign(server, { asked: [], keys: [], fault: undefined }));

const key = "sk-embed-77a1c0ffee";

interface Books {
  settled: number[];
  reserved: number[];
}

async function embed(
  texts: string[],
  more: { retries?: number; allowed?: boolean; granted?: boolean; prices?: ModelSettings["prices"]; kind?: "openai" | "anthropic" } = {},
): Promise<Embedded & Books> {
  const { retries = 1, allowed = true, granted = true, prices = { "*": { inputUsd: 1, outputUsd: 9 } }, kind = "openai" } = more;
  const books: Books = { settled: [], reserved: [] };
  const settings: ModelSettings = {
    providers: { near: { kind, baseUrl: server.url, keyEnv: "NEAR_API_KEY" } },
    tiers: {},
    roles: { planner: "x", coder: "x", critic: "x" },
    prices,
    timeoutMs: 5_000,
    silenceMs: 5_000,
    retries,
    cacheTtlMs: 0,
  };
  const answer = await embedTexts(
    {
      settings,
      model: "near/embed",
      signal: new AbortController().signal,
      ports: {
        permit: () => (allowed ? { allowed } : { allowed, why: "no host" }),
        purse: {
          reserve: ({ tokens }) => {
            books.reserved.push(tokens);
            return granted ? { granted, reservation: "b-1" } : { granted, limit: "month", reason: "the month is over" };
          },
          settle: (_reservation, { costUsd }) => void books.settled.push(costUsd),
        },
        env: { NEAR_API_KEY: key },
        mask: (text) => text,
        waits: { firstMs: 1, mostMs: 2 },
      },
    },
    texts,
  );
  return { ...answer, ...books };
}

test("vectors come in the order of the texts, of length one, and are paid by what was read", async () => {
  const answer = await embed(["fees", "a gap in the data"]);
  expect(answer).toMatchObject({ ok: true, tokens: 40, costUsd: 0.00004, settled: [0.00004] });
  if (!answer.ok) return;
  expect(server.keys).toEqual([`Bearer ${key}`]);
  const [fees, gap] = answer.vectors.map((vector) => [...vector]);
  expect(Math.hypot(...(fees ?? []))).toBeCloseTo(1, 5);
  expect(fees?.[1]).toBeGreaterThan(0.9);
  expect(gap?.[2]).toBeGreaterThan(0.9);
});

test("policy is asked first, then the budgets: neither's no reaches the server", async () => {
  expect(await embed(["x"], { allowed: false })).toMatchObject({ ok: false, outcome: "denied", reserved: [] });
  expect(await embed(["x"], { granted: false })).toMatchObject({ ok: false, outcome: "budget", settled: [] });
  expect(server.asked).toEqual([]);
});

test.each([
  ["a status that passes is tried again", { status: 503 }, 3],
  ["one that does not is not", { status: 401 }, 1],
  ["a reset", "reset" as const, 3],
  ["no JSON", { body: "<html>" }, 1],
  ["no vectors", { body: '{"data":[]}' }, 1],
  ["a vector too few", { body: '{"data":[{"index":0,"embedding":[1]}]}' }, 1],
  ["words for numbers", { body: '{"data":[{"index":0,"embedding":["1"]},{"index":1,"embedding":[1]}]}' }, 1],
  ["numbers beyond all", { body: '{"data":[{"index":0,"embedding":[1e999]},{"index":1,"embedding":[1]}]}' }, 1],
  ["a zero vector", { body: '{"data":[{"index":0,"embedding":[0,0]},{"index":1,"embedding":[1,0]}]}' }, 1],
  ["two lengths", { body: '{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1]}]}' }, 1],
  ["an index twice", { body: '{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}' }, 1],
  ["the wrong form", { body: '{"data":{"length":2}}' }, 1],
])("%s is a value, settled each time", async (_what, fault, tries) => {
  server.fault = fault;
  const answer = await embed(["a", "b"], { retries: 2 });
  expect(answer).toMatchObject({ ok: false, outcome: "error" });
  expect(server.asked).toHaveLength(tries);
  expect(answer.settled).toHaveLength(tries);
  expect(JSON.stringify(answer)).not.toContain(key);
});

test("a model without a price costs what the budgets say, and a provider that has no embeddings is named", async () => {
  expect(await embed(["x"], { prices: {} })).toMatchObject({ ok: true, costUsd: 0 });
  await expect(embed(["x"], { kind: "anthropic" })).rejects.toMatchObject({ code: "llm/no-embeddings", exit: "usage" });
});

test("a reply of a megabyte that is nothing is read quickly and refused", () => {
  expect(() => embedReply(`{"data":[${"[],".repeat(300_000)}[]]}`, 2)).toThrow(/vector/);
});
