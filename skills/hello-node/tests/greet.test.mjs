import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { greet } from "../scripts/greet.mjs";

test("greets the world without input", () => {
  equal(greet("").greeting, "Hello, world!");
  equal(greet("{}\n").greeting, "Hello, world!");
});

test("greets by name and gives the input back", () => {
  const { greeting, input } = greet('{"name":"Zoë \\"Z\\""}');
  equal(greeting, 'Hello, Zoë "Z"!');
  deepEqual(input, { name: 'Zoë "Z"' });
});

test("reports where it runs", () => {
  const { cwd, runtime } = greet("");
  equal(cwd, process.cwd());
  equal(runtime, `node ${process.version}`);
});

test("reports a root that a container keeps read-only", { skip: process.getuid?.() === 0 }, () => {
  equal(greet("").rootWritable, false);
});

test("refuses what is no object and no name", () => {
  throws(() => greet("{"), { message: "the input is not JSON" });
  for (const value of ["null", "[]", "1"]) throws(() => greet(value), { message: "the input must be a JSON object" });
  for (const name of ['""', "7", JSON.stringify("x".repeat(101))])
    throws(() => greet(`{"name":${name}}`), { message: "name must be a text of 1 to 100 characters" });
});
