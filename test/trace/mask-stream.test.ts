import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMask } from "../../src/trace/mask.ts";
import { maskLines } from "../../src/trace/mask-stream.ts";

const canary = "canary-5f2e9c71-Zq";
const mask = createMask({ MY_API_KEY: canary });

/** Everything that is shown of a text that comes in these pieces, in the order in which it is shown. */
function shown(pieces: readonly string[], options: { tail?: number } = {}): string[] {
  const lines = maskLines(mask, options);
  return [...pieces.map((piece) => lines.write(piece)), lines.end()].filter((text) => text !== "");
}

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < text.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
const ordinary = fc.array(fc.constantFrom("the price fell\n", "by 3.1 %, ", "and rose again. ", "\n", "key: value\n", "x".repeat(90)), { maxLength: 60 });

test("however a text comes, what is shown is the text, masked", () => {
  const spread = [canary, [...canary].join("\n"), [...canary].map((c, n) => `${n}: ${c}`).join("\n"), `"canary" +\n"-5f2e" +\n"9c71-Zq"`];
  fc.assert(
    fc.property(ordinary, fc.constantFrom(...spread), ordinary, sizes, (before, secret, after, pieces) => {
      const text = [...before, secret, "\n", ...after].join("");
      expect(shown(cut(text, pieces)).join("")).toBe(mask(text));
    }),
    { numRuns: 200 },
  );
});

test("lines are shown whole, and soon", () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n} of an answer that is not secret at all\n`);
  const parts = shown(cut(lines.join(""), [7]));
  expect(parts.length).toBeGreaterThan(20);
  for (const part of parts.slice(0, -1)) expect(part).toMatch(/\n$/);
  const stream = maskLines(mask, { tail: 10 });
  expect([stream.write("one line\n"), stream.write("another line\n"), stream.write("cana"), stream.end()]).toEqual([
    "",
    "one line\n",
    "",
    "another line\ncana",
  ]);
});

test("a key of many lines is held until it has ended", () => {
  const key = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n".repeat(60)}-----END PRIVATE KEY-----\n`;
  const all = shown(cut(`before\n${key}${"after\n".repeat(200)}`, [11])).join("");
  expect(all).not.toContain("MIIEvQ");
  expect(all).toMatch(/^before\n«masked:private-key#[0-9a-f]{8}»\n(after\n){200}$/);
});

test("a text without line ends does not grow for ever", () => {
  const stream = maskLines(mask);
  let told = 0;
  for (let n = 0; n < 100; n++) told += stream.write("x".repeat(1000)).length;
  expect(told).toBeGreaterThan(60_000);
  expect(told + stream.end().length).toBe(100_000);
});
