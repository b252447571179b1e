function lines(...of: string[]): string {
  return `${of.join("\n")}\n`;
}

/** A Node skill that counts the words of a text, with a test for `node --test`. */
export const nodeFiles: Readonly<Record<string, string>> = {
  "scripts/main.mjs": lines(
    "// One JSON request on stdin, one JSON result on stdout.",
    'import { readFileSync } from "node:fs";',
    'import { run } from "./run.mjs";',
    "",
    'process.stdout.write(JSON.stringify(run(JSON.parse(readFileSync(0, "utf8")))));',
  ),
  "scripts/run.mjs": lines(
    "/** Counts the lines, words and characters of a text: the result for a request that fits references/input.schema.json. */",
    "export function run({ text }) {",
    '  const lines = text === "" ? 0 : text.replace(/\\n$/, "").split("\\n").length;',
    "  return { lines, words: text.match(/\\S+/g)?.length ?? 0, characters: [...text].length };",
    "}",
  ),
  "tests/main.test.mjs": lines(
    'import assert from "node:assert/strict";',
    'import { spawnSync } from "node:child_process";',
    'import test from "node:test";',
    'import { run } from "../scripts/run.mjs";',
    "",
    "const samples = [",
    '  ["", { lines: 0, words: 0, characters: 0 }],',
    '  ["one two\\nthree\\n", { lines: 2, words: 3, characters: 14 }],',
    '  ["  größer ", { lines: 1, words: 1, characters: 9 }],',
    "];",
    "",
    "for (const [text, counts] of samples) test(`counts ${JSON.stringify(text)}`, () => assert.deepEqual(run({ text }), counts));",
    "",
    'test("the program takes JSON and gives JSON", () => {',
    '  const { status, stdout } = spawnSync(process.execPath, ["scripts/main.mjs"], { input: \'{"text":"a b"}\', encoding: "utf8" });',
    "  assert.equal(status, 0);",
    "  assert.deepEqual(JSON.parse(stdout), { lines: 1, words: 2, characters: 3 });",
    "});",
  ),
};
