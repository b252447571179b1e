import fc from "fast-check";
import { expect, test } from "vitest";
import { retryAfterMs, waitMs } from "../../src/llm/backoff.ts";
import { lineTeller, splitThinking } from "../../src/llm/line-teller.ts";
import { sseEvents, type SseEvent } from "../../src/llm/sse.ts";

async function events(bytes: Uint8Array, size: number): Promise<SseEvent[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return Array.fromAsync(sseEvents(body()));
}

const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, ""));

test("events are read as they were written, however they are cut into pieces and whatever ends their lines", async () => {
  const written = fc.array(fc.record({ event: fc.constantFrom("", "ping", "x"), data: fc.array(line, { minLength: 1, maxLength: 3 }) }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(written, fc.constantFrom("\n", "\r\n", "\r"), fc.integer({ min: 1, max: 50 }), async (list, end, size) => {
      const text = list
        .map(
          ({ event, data }) =>
            [...(event === "" ? [] : [`event: ${event}`]), ": a comment", ...data.map((each) => `data: ${each}`), "", ""].join(end).slice(0, -end.length) + end,
        )
        .join("");
      const read = await events(Buffer.from(text), size);
      expect(read).toEqual(list.map(({ event, data }) => ({ event: event === "" ? "message" : event, data: data.join("\n") })));
    }),
  );
});

test("a line in a million pieces takes no longer than its length", async () => {
  const startedMs = performance.now();
  const [event] = await events(Buffer.from(`data: ${"x".repeat(300_000)}\n\n`), 1);
  expect(event?.data.length).toBe(300_000);
  expect(performance.now() - startedMs).toBeLessThan(5000);
});

test("an event without its end is not told", async () => {
  expect(await events(Buffer.from("data: 1\n\ndata: 2\n"), 3)).toEqual([{ event: "message", data: "1" }]);
});

test("lines are told whole, in order, and without what is thought first", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "\n", "<", "think", ">", " ", "</think>", "<think>") }),
      fc.integer({ min: 1, max: 9 }),
      (text, size) => {
        const told: string[] = [];
        const teller = lineTeller((piece) => told.push(piece));
        for (let at = 0; at < text.length; at += size) teller.take(text.slice(at, at + size));
        teller.end();
        expect(told.slice(0, -1).every((piece) => piece.endsWith("\n"))).toBe(true);
        expect(told.join("").trim()).toBe(splitThinking(text).text.trim());
      },
    ),
    { numRuns: 1000 },
  );
});

test("Retry-After is seconds or a date, and nothing else", () => {
  const nowMs = Date.parse("2026-11-28T10:00:00Z");
  expect(["3", " 0.5 ", "Sat, 28 Nov 2026 10:00:07 GMT", "Fri, 27 Nov 2026 10:00:07 GMT"].map((text) => retryAfterMs(text, nowMs))).toEqual([
    3000, 500, 7000, 0,
  ]);
  expect([null, "", "-1", "soon", "2026-11-28", "1e9", "x".repeat(100)].map((text) => retryAfterMs(text, nowMs))).toEqual(
    Array.from({ length: 7 }, () => undefined),
  );
});

test("waits double, vary by at most a half, and end at the longest", () => {
  const waits = { firstMs: 100, mostMs: 1000 };
  expect([1, 2, 3, 9].map((failures) => waitMs(failures, undefined, waits, () => 0))).toEqual([50, 100, 200, 500]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, asked, part) => {
        const ms = waitMs(failures, asked, waits, () => part);
        expect(ms >= 0 && ms <= 1000).toBe(true);
      },
    ),
  );
});
