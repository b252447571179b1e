import { expect, test } from "vitest";
import { readYaml } from "../../src/base/document.ts";
import { checkDocument, checkForeignSchema, checkSchema, schemaFault } from "../../src/base/json-schema.ts";

const schema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { type: "string", pattern: "^[a-z]+$" },
    effect: { enum: ["allow", "deny"] },
    limit: { type: "integer", minimum: 1 },
    rules: { type: "array", items: { type: "object", additionalProperties: false, properties: { id: { type: "string" } } } },
  },
};

test.each([
  [{ name: "a", efect: "allow" }, 'unknown key "efect" in the document', 'did you mean "effect"?'],
  [{ name: "a", zzzzzzz: 1 }, 'unknown key "zzzzzzz" in the document', "known keys: name, effect, limit, rules"],
  [{}, 'the document lacks the key "name"', undefined],
  [{ name: "a", effect: "alow" }, '"effect" is "alow"; allowed: allow, deny', 'did you mean "allow"?'],
  [{ name: 3 }, '"name" must be string, found 3', undefined],
  [{ name: "A" }, '"name" is "A", which does not match ^[a-z]+$', undefined],
  [{ name: "a", limit: 0 }, '"limit" must be >= 1, found 0', undefined],
  [{ name: "a", limit: "5" }, '"limit" must be integer, found "5"', undefined],
  [{ name: "a", rules: {} }, '"rules" must be array, found a mapping', undefined],
])("%j: %s", (value, message, hint) => {
  expect(checkSchema(schema, value).map((problem) => [problem.message, problem.hint])).toEqual([[message, hint]]);
});

test("what fits has no problems, and inherited properties do not count", () => {
  expect(checkSchema(schema, { name: "a", limit: 1 })).toEqual([]);
  expect(checkSchema(schema, Object.create({ name: "a" }))).toHaveLength(1);
});

test("a wrong key in a document is named with its line and column", () => {
  const { document } = readYaml({ path: "p.yaml", text: "name: a\nrules:\n  - id: x\n    idd: y\n" });
  expect(document && checkDocument(schema, document, "policy/schema")).toEqual([
    { rule: "policy/schema", level: "error", message: 'unknown key "idd" in "rules.0"', file: "p.yaml", line: 4, column: 5, hint: 'did you mean "id"?' },
  ]);
});

test("a schema that is itself wrong is a fault, not a finding", () => {
  expect(() => checkSchema({ type: "objekt" }, {})).toThrow(/type must be JSONType/);
});

test("a value that is no schema is told from one that is", () => {
  expect(schemaFault({ type: "object", properties: { a: { type: ["string", "null"], minLength: 1 } } })).toBeUndefined();
  expect(schemaFault({ type: "strin" })).toContain("allowed: array, boolean");
  expect(schemaFault({ properties: { a: { minLength: "1" } } })).toBe('"properties.a.minLength" must be integer, found "1"');
});

test("patterns take time linear in the text", () => {
  expect(checkSchema({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(5000)}!`)).toHaveLength(1);
  expect(checkSchema({ type: "object", patternProperties: { "^x-": {} }, additionalProperties: false }, { y: 1 })).toHaveLength(1);
  // There is no falling back on JavaScript's own expressions, which backtrack.
  expect(() => checkSchema({ type: "string", pattern: "^(?!x)a" }, "ab")).toThrow(/invalid|missing|\(\?!/);
});

test("a schema of others cannot keep the check from ending, nor drown it in problems", () => {
  const doubled = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`d${at}`, { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] }]),
  );
  const fan = { $ref: "#/$defs/d0", $defs: { ...doubled, d40: { type: "string" } } };
  expect(checkForeignSchema(fan, "x", 100).map(({ message }) => message)).toEqual(["the check against the schema takes too long"]);
  const unique = { type: "array", uniqueItems: true };
  expect(
    checkForeignSchema(
      unique,
      Array.from({ length: 100_000 }, (_, at) => [at]),
      100,
    ),
  ).toHaveLength(1);
  expect(checkForeignSchema(schema, { name: 3 })).toEqual(checkSchema(schema, { name: 3 }));
  expect(
    checkForeignSchema(
      { items: { type: "string" } },
      Array.from({ length: 1000 }, (_, at) => at),
    ),
  ).toHaveLength(10);
});
