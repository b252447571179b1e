import { styleText } from "node:util";
import { expect, test } from "vitest";
import { shownLine } from "../../src/cli/paint.ts";

test("our colours reach the terminal, what others wrote does not act on it", () => {
  const red = styleText("red", "deny", { validateStream: false });
  expect(shownLine(`${red}  rule`)).toBe(`${red}  rule`);
  expect(shownLine("a\u001b[2Jb\u001b[8mc\u009b31md\u202ee")).toBe("a«U+001B»[2Jb«U+001B»[8mc«U+009B»31md«U+202E»e");
  expect(shownLine("plain\ttext über → 你好")).toBe("plain\ttext über → 你好");
});
