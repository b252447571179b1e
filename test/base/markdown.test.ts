import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeBlock, codeCell, codeSpan } from "../../src/base/markdown.ts";

describe("text of others in Markdown", () => {
  test.each([
    ["", "–"],
    ["plain", "`plain`"],
    ["<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"],
    ["[here](javascript:alert(1)) @everyone #1", "`[here](javascript:alert(1)) @everyone #1`"],
    ["a ` b", "`` a ` b ``"],
    ["``` x", "```` ``` x ````"],
    ["two\nlines\u202e", "`two«U+000A»lines«U+202E»`"],
  ])("%j on a line", (text, shown) => expect(codeSpan(text)).toBe(shown));

  test("a bar does not end a cell, and long text is cut", () => {
    expect(codeCell("a|b \\| c")).toBe("`a«U+007C»b \\«U+007C» c`");
    expect(codeSpan("x".repeat(300), 10)).toBe(`\`${"x".repeat(10)}…\``);
  });

  test("nothing ends a block early", () => {
    expect(codeBlock("a\n```\n@everyone\n````")).toBe("`````text\na\n```\n@everyone\n````\n`````");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("`", "~", "\n", " ", "<", "@", "x", "\r", "\u2028") }), (text) => {
        const lines = codeBlock(text).split("\n");
        const fence = /^`+/.exec(lines[0] ?? "")?.[0] ?? "";
        expect(lines.at(-1)).toBe(fence);
        expect(lines.slice(1, -1).some((line) => line.trim().startsWith(fence))).toBe(false);
      }),
    );
  });

  test("nothing ends a span early", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("`", "\n", " ", "|", "\\", "x") }), (text) => {
        const shown = codeCell(text);
        expect(shown).not.toMatch(/[\n|]/);
        if (shown === "–") return;
        const fence = /^`+/.exec(shown)?.[0] ?? "";
        const runs = shown.match(/`+/g) ?? [];
        expect(runs.filter((run) => run === fence)).toHaveLength(2);
      }),
    );
  });
});
