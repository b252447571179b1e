import fc from "fast-check";
import { expect, test } from "vitest";
import { bounded, foreign, foreignWord, replyBytesMax } from "../../../src/operations/tools/foreign-text.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3000 }),
  fc.string({ unit: fc.constantFrom("a", "\n", "é", "𝄞", "\ud800", "| ", "\u202e", "\r"), maxLength: 3000 }),
);

test("a text that fits is what it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(bounded(text, 2000)).toBe(text.toWellFormed());
    }),
  );
});

test("a text of any kind is well-formed and within its bounds, and says how much is missing", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 64, max: 2000 }), (text, most) => {
      const short = bounded(text, most);
      expect(short.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(most + 64);
      const all = Buffer.byteLength(text.toWellFormed());
      if (all <= most) return;
      const left = Number(/… (\d+) bytes/.exec(short)?.[1]);
      expect(left).toBeGreaterThanOrEqual(all - most - 8);
      expect(left).toBeLessThan(all);
    }),
  );
});

test("head and tail stay, and are cut between lines", () => {
  const lines = Array.from({ length: 5000 }, (_, at) => `line ${at}`);
  const short = bounded(lines.join("\n"));
  expect(short.startsWith("line 0\nline 1\n")).toBe(true);
  expect(short.endsWith("\nline 4998\nline 4999")).toBe(true);
  expect(short.split("\n").filter((line) => !/^line \d+$/.test(line))).toEqual([expect.stringMatching(/^… \d+ bytes, \d+ lines, left out …$/)]);
  expect(Buffer.byteLength(short)).toBeLessThan(replyBytesMax + 64);
});

test("no line of a foreign text passes for one of ours, whatever it is made of", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const quoted = foreign(text, 1000);
      expect(quoted.split("\n").every((line) => line.startsWith("| "))).toBe(true);
      expect(/[\r\u2028\u2029\u0085\u202e\ud800-\udfff]/.test(quoted.replaceAll(/[\ud800-\udbff][\udc00-\udfff]/g, ""))).toBe(false);
      expect(Buffer.byteLength(quoted)).toBeLessThan(1000 + 64 + 2 * quoted.split("\n").length);
    }),
  );
});

test("what hides in a text is shown: letters that only a model reads, and orders that a person does not see", () => {
  expect(foreign("a\u{e0041}b\u202ec")).toBe("| a«U+E0041»b«U+202E»c");
  expect(foreignWord("one\ntwo\u001b[31m")).toBe("one«U+000A»two«U+001B»[31m");
  expect(foreignWord("x".repeat(500), 10)).toBe("xxxxxxxxxx…");
});
