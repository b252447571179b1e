import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hiddenKind, safeText } from "../../src/base/safe-text.ts";

describe("safeText", () => {
  it.each([
    ["an escape sequence", "\u001b[2Jgone", "«U+001B»[2Jgone"],
    ["a one-byte CSI", "\u009b31mred", "«U+009B»31mred"],
    ["OSC 52 with BEL", "\u001b]52;c;aGk=\u0007", "«U+001B»]52;c;aGk=«U+0007»"],
    ["a carriage return that overwrites", "rm -rf /\rls", "rm -rf /«U+000D»ls"],
    ["a bidi override", "user\u202enimda", "user«U+202E»nimda"],
    ["zero-width characters", "pass\u200bword\ufeff", "pass«U+200B»word«U+FEFF»"],
    ["tag characters", "a\u{e0041}b", "a«U+E0041»b"],
    ["a lone surrogate", "a\ud800b", "a«U+D800»b"],
    ["ordinary text", "naïve — 日本語 🙂\tx\n", "naïve — 日本語 🙂\tx\n"],
    ["Windows line ends", "a\r\nb", "a\nb"],
  ])("shows %s", (_name, text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  it("keeps one line when asked", () => {
    expect(safeText("a\tb\nc", { oneLine: true })).toBe("a«U+0009»b«U+000A»c");
  });

  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("\u001b", "\u202e", "\u200b", "\r", "\n", "a", "«", "\ud83d", "🙂")).map((parts) => parts.join("")),
  );

  it("leaves nothing hidden, changes nothing visible, and is done after one pass", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const safe = safeText(text);
        for (const character of safe) expect(hiddenKind(character.codePointAt(0) ?? 0)).toBeUndefined();
        expect(safeText(safe)).toBe(safe);
        const allSeen = [...text].every((character) => hiddenKind(character.codePointAt(0) ?? 0) === undefined);
        expect(safe === text).toBe(allSeen);
      }),
    );
  });
});
