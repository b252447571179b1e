import fc from "fast-check";
import { expect, test } from "vitest";
import { hiddenKind } from "../../src/base/safe-text.ts";
import { diffBounds, fileDiff, shownText } from "../../src/proposal/file-diff.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("a difference is lines with signs; what is no text, or large, is said to be that", () => {
  expect(fileDiff(bytes("a\nb\n"), bytes("a\nc\n"))).toEqual({
    kind: "text",
    added: 1,
    removed: 1,
    lines: [
      { sign: "@", text: "line 1 → 1" },
      { sign: " ", text: "a" },
      { sign: "-", text: "b" },
      { sign: "+", text: "c" },
    ],
  });
  expect(fileDiff(undefined, bytes("a")).lines.map(({ sign }) => sign)).toEqual(["@", "+", "@"]);
  expect(fileDiff(bytes("a\0"), bytes("a")).kind).toBe("binary");
  expect(fileDiff(undefined, new Uint8Array([0xff, 0xfe])).kind).toBe("binary");
  expect(fileDiff(undefined, new Uint8Array(diffBounds.bytes + 1).fill(0x61)).kind).toBe("large");
});

test("what hides, acts on a terminal or passes for something else is seen", () => {
  expect(shownText("a\u001b[2J\u202eb\u200bc\t \u0430dmin  ")).toBe("a«U+001B»[2J«U+202E»b«U+200B»c→    «U+0430»dmin··");
  expect(shownText("x\r")).toBe("x«U+000D»");
  expect(shownText("x".repeat(1_000))).toMatch(/… 600 more characters$/);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0x20, max: 0xffff }), { maxLength: 30 }), (codes) => {
      const text = String.fromCodePoint(...codes);
      expect([...shownText(text)].every((character) => hiddenKind(character.codePointAt(0) ?? 0) === undefined)).toBe(true);
    }),
  );
});
