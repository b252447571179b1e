import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { readYaml, requireYaml, yamlLimits } from "../../src/base/document.ts";

const read = (text: string) => readYaml({ path: "p.yaml", text });

/** place and message of the first finding */
const first = (text: string): string => {
  const [finding] = read(text).findings;
  return finding === undefined ? "none" : `${finding.line}:${finding.column} ${finding.message}`;
};

test.each([
  ["a duplicate key in quotes", 'x:\n  "q r": 1\n  "q r": 2\n', '3:3 the key "q r" stands twice in its mapping'],
  ["a duplicate key", "a: 1\nb: 2\na: 3\n", '3:1 the key "a" stands twice in its mapping'],
  ["not a number", "limit: .nan\n", "1:8 found .nan; numbers must be finite"],
  ["infinity", "a:\n  - 1\n  - -.inf\n", "3:5 found -.inf; numbers must be finite"],
  ["a merge key", "a: 1\n<<: {b: 1}\n", "2:1 merge keys (<<) are not part of YAML 1.2; write the keys out"],
  ["a custom tag", "a: !!js/function x\n", "1:4 unresolved tag: tag:yaml.org,2002:js/function"],
  ["two documents", "a: 1\n---\nb: 1\n", "2:1 source contains multiple documents; please use YAML.parseAllDocuments()"],
  ["a tab as indentation", "a:\n\tb: 1\n", "2:1 tabs are not allowed as indentation"],
  ["deep nesting", `a: ${"[".repeat(100)}${"]".repeat(100)}\n`, "1:66 nested deeper than 64 levels"],
])("refused by place: %s", (_name, text, message) => {
  expect(first(text)).toBe(message);
});

test("nesting that would overflow the parser's stack is a finding too", () => {
  for (const text of [`a: ${"[".repeat(100_000)}`, `${"- ".repeat(30_000)}x`]) {
    expect(read(text).document).toBeUndefined();
    expect(read(text).findings.some((finding) => finding.message === "nested deeper than 64 levels")).toBe(true);
  }
});

test("an alias bomb is refused, a few aliases are not", () => {
  const bomb = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n";
  expect(first(bomb)).toBe("1:1 aliases expand to more than 64 nodes");
  expect(read("a: &a [1]\nb: *a\n").document?.value).toEqual({ a: [1], b: [1] });
});

test("a file above the limit is refused before it is parsed", () => {
  expect(first(`a: ${"x".repeat(yamlLimits.bytes)}`)).toBe(`1:1 the file has ${yamlLimits.bytes + 3} characters; at most ${yamlLimits.bytes} are read`);
});

test("YAML 1.2: no, on and 010 are what they look like", () => {
  expect(read("a: no\nb: on\nc: 010\nd: 0o10\n").document?.value).toEqual({ a: "no", b: "on", c: 10, d: 8 });
});

test("values and keys are found again by path", () => {
  const { document } = read("name: x\nrules:\n  - id: one\n  - id: two\n    effect: allow\n");
  expect(document?.at(["rules", 1, "effect"])).toEqual({ line: 5, column: 13 });
  expect(document?.at(["rules", 1, "effect"], true)).toEqual({ line: 5, column: 5 });
  expect(document?.at(["rules", "1", "missing"])).toEqual({ line: 4, column: 5 });
});

test("a document that must be there fails with every finding", () => {
  expect(() => requireYaml({ path: "agentctl.yaml", text: "a: 1\na: 2\na: .inf" })).toThrow(
    /agentctl\.yaml cannot be used:\n {2}agentctl\.yaml:2:1 .*\n {2}agentctl\.yaml:3:1 /,
  );
});

test("what the library writes is read back the same", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      fc.pre(!JSON.stringify(value).includes('"<<"'));
      // As JSON, which knows one zero; YAML keeps the sign of another.
      const text = stringify(value, { schema: "core", aliasDuplicateObjects: false });
      expect(JSON.stringify(read(text).document?.value)).toBe(JSON.stringify(value));
    }),
  );
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab:-[]{}&*!|>'\"#%@,\n\t 01.~<") }), (text) => {
      const { document, findings } = read(text);
      expect(document === undefined).toBe(findings.length > 0);
    }),
  );
});

test("a text of nothing but errors is refused in a few findings", () => {
  expect(readYaml({ path: "p.yaml", text: `a: ${'"'.repeat(20_000)}` }).findings).toHaveLength(20);
  expect(readYaml({ path: "p.yaml", text: `a: [${".nan, ".repeat(20_000)}]` }).findings).toHaveLength(20);
});
