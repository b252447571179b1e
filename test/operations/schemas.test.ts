import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkSchema, schemaFault } from "../../src/base/json-schema.ts";
import { listSchemas, readSchema, schemaNames, schemaText } from "../../src/operations/schemas.ts";
import { cli } from "../support/cli.ts";
import { folder } from "../support/workspace.ts";

const committed = new URL("../../schemas/", import.meta.url);

test.each(schemaNames)("schemas/%s.json is what the table says now (else: npm run schemas)", async (name) => {
  expect(readFileSync(new URL(`${name}.json`, committed), "utf8")).toBe(await schemaText(name));
});

test("schemas/ holds nothing else", () => {
  expect(readdirSync(committed).toSorted()).toEqual(schemaNames.map((name) => `${name}.json`).toSorted());
});

test.each(schemaNames)("%s is a schema of 2020-12 under a name without a host", async (name) => {
  const schema = await readSchema(name);
  expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
  expect(schema["$id"]).toBe(`urn:agentctl:schema:${name}`);
  expect(schemaFault(schema)).toBeUndefined();
  // Compiles in strict mode, and refuses what is no document at all.
  expect(checkSchema(schema, 3)).not.toEqual([]);
});

test("a record of a journal fits, with a large text kept apart, and a record of the wrong shape does not", async () => {
  const schema = await readSchema("event");
  const zero = "0".repeat(64);
  const record = {
    v: 1,
    run: "r-1",
    seq: 0,
    ts: "2024-01-01T00:00:00.000Z",
    kind: "run.finished",
    data: { outcome: "ok", durationMs: 1 },
    prev: zero,
    hash: zero,
  };
  expect(checkSchema(schema, record)).toEqual([]);
  expect(checkSchema(schema, { ...record, data: { outcome: "failed", durationMs: 1, message: { $blob: zero, bytes: 20_000, head: "x" } } })).toEqual([]);
  expect(checkSchema(schema, { ...record, data: { outcome: "fine", durationMs: 1 } })).not.toEqual([]);
  expect(checkSchema(schema, { ...record, kind: "run.vanished" })).not.toEqual([]);
});

test("the command lists, prints and writes them, and names the nearest", async () => {
  const dir = folder();
  expect((await cli(dir, ["schema", "--json"])).json()).toEqual(listSchemas());
  expect((await cli(dir, ["schema", "policy"])).json()).toEqual(await readSchema("policy"));
  expect((await cli(dir, ["schema", "--write", "out", "--json"])).json()).toEqual({ written: schemaNames.map((name) => `out/${name}.json`) });
  expect(readFileSync(`${dir}/out/event.json`, "utf8")).toBe(await schemaText("event"));
  expect((await cli(dir, ["schema", "polcy"], { expectExit: 2 })).stderr).toContain("mend   agentctl schema policy");
});
