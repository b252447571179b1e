import fc from "fast-check";
import { expect, test } from "vitest";
import { isMap, LineCounter, parseDocument, type Node } from "yaml";
import { parseOptions } from "../../src/base/document.ts";
import { readPlainYaml } from "../../src/base/plain-yaml.ts";

/** What the library makes of a text: its value, and where each key and value stand; undefined where it has anything against it. */
function byLibrary(text: string): unknown {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { ...parseOptions, lineCounter: lines });
  if (parsed.errors.length > 0 || parsed.warnings.length > 0 || !isMap(parsed.contents)) return undefined;
  const at = (node: unknown) => {
    const { line, col } = lines.linePos((node as Node).range?.[0] ?? 0);
    return { line, column: col };
  };
  return { value: parsed.toJS(), places: parsed.contents.items.map(({ key, value }) => [at(key), at(value)]) };
}

function byUs(text: string): unknown {
  const plain = readPlainYaml(text);
  if (plain === undefined) return undefined;
  return { value: plain.value, places: Object.keys(plain.value as object).map((key) => [plain.at([key], true), plain.at([key])]) };
}

const word = fc.oneof(
  fc.constantFrom("true", "null", "yes", "nan", "inf", "small", "a-b", "a--", "x9", "e1", "0x1", "~"),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/),
);
const comment = fc.oneof(
  fc.constantFrom("", " # words: of [any] {kind}", " #", "# x", " \t# tab", "  "),
  fc.string({ maxLength: 12 }).map((text) => ` # ${text}`),
);
const line = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(fc.oneof(fc.constantFrom("a", "b", "profile", "engineHost"), word), fc.constantFrom(": ", ": ", ": ", ":", ":  "), word, comment)
      .map((parts) => parts.join("")),
  },
  { weight: 6, arbitrary: comment },
  { weight: 1, arbitrary: fc.constantFrom("---", "...", "%YAML 1.2", "- a", "a", "  b: c", "a: &x b", "a: *x", "a: |", "?", "a: b: c", "\uFEFF") },
);

test("what is read without the library is what the library reads, to the place", () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 3 }), fc.constantFrom("\n", "\n", "\r\n", ""), (lines, end) => {
      const text = lines.join("\n") + end;
      const ours = byUs(text);
      if (ours === undefined) return;
      plain += 1;
      expect(ours).toEqual(byLibrary(text));
    }),
    { numRuns: 3000 },
  );
  expect(plain).toBeGreaterThan(100);
});

test("an untouched configuration is plain, and a place below or beside it is the nearest there is", () => {
  const read = readPlainYaml("# first\n\nprofile: small # small | research\n");
  expect(read?.value).toEqual({ profile: "small" });
  expect([[], ["profile"], ["profile", "x"], ["other"]].map((path) => read?.at(path, true))).toEqual([
    { line: 3, column: 1 },
    { line: 3, column: 1 },
    { line: 3, column: 10 },
    { line: 3, column: 1 },
  ]);
});

test.each(["", "# nothing\n", "a: b\na: c\n", "a: true\n", "a: 1\n", "a: B\n", "a:\n  b: c\n", "a: b\r\n", "a: b #\u0000\n"])("not plain: %j", (text) => {
  expect(readPlainYaml(text)).toBeUndefined();
});
