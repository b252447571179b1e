import { describe, expect, it } from "vitest";
import { checkSchema } from "../../src/base/json-schema.ts";
import { readSchemaFile } from "../../src/skill/schema-file.ts";

const read = (schema: unknown) => readSchemaFile(new TextEncoder().encode(typeof schema === "string" ? schema : JSON.stringify(schema)));

describe("a schema that came with a skill", () => {
  it("is read, with its name and dialect taken off", () => {
    const schema = { type: "object", properties: { $id: { type: "string" }, pattern: { type: "integer" } }, $defs: { a: { pattern: "^a+$" } } };
    expect(read({ $schema: "https://json-schema.org/draft/2020-12/schema", $id: "https://x.example/s", ...schema })).toEqual({ schema });
  });

  it.each([
    ["not JSON", "{", "is not JSON"],
    ["a list", "[]", "is not a JSON object"],
    ["another dialect", { $schema: "http://json-schema.org/draft-07/schema#" }, "only draft 2020-12 is read"],
    ["a reference to another document", { properties: { a: { $ref: "https://evil.example/s.json" } } }, 'refers to "https://evil.example/s.json"'],
    ["an inner $id", { properties: { a: { $id: "b" } } }, "uses $id"],
    ["look-ahead", { properties: { a: { pattern: "^(?=a)" } } }, "which RE2 does not read"],
    ["look-behind in a key", { patternProperties: { "(?<=a)b": {} } }, "which RE2 does not read"],
    ["look-ahead that a reference finds among data", { $ref: "#/default", default: { pattern: "^(?!x)(a+)+$" } }, "is not a JSON Schema"],
    ["look-ahead under an old keyword", { dependencies: { a: { properties: { a: { pattern: "^(?!x)(a+)+$" } } } } }, "is not a JSON Schema"],
    ["an unknown keyword", { typ: "object" }, "is not a JSON Schema"],
    ["a reference to nothing", { $ref: "#/$defs/none" }, "is not a JSON Schema"],
    ["a reference to itself", { $ref: "#" }, "refers to itself without end"],
    ["deep nesting", `${'{"not":'.repeat(100)}{}${"}".repeat(100)}`, "is nested deeper than 64 levels"],
  ])("is refused for %s", (_name, schema, problem) => {
    expect((read(schema) as { problem: string }).problem).toContain(problem);
  });

  it("cannot make its patterns slow", () => {
    const found = read({ type: "string", pattern: "^(a+)+$" });
    if (!("schema" in found)) throw new Error(found.problem);
    // Backtracking would take hours for this text.
    expect(checkSchema(found.schema, `${"a".repeat(5000)}!`)).toHaveLength(1);
    expect(checkSchema(found.schema, "a".repeat(5000))).toEqual([]);
  });
});
