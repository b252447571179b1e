import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { writeError } from "../../src/cli/error-edge.ts";
import { table } from "../../src/cli/table.ts";

let out: string;
let err: string;
beforeEach(() => {
  [out, err] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => vi.restoreAllMocks());

test("our errors say what, and the mend, and choose the exit code", () => {
  expect(writeError(new AgentctlError("runner/no-image", "image python is not built", { hint: "agentctl runner build python", exit: "failed" }), false)).toBe(
    1,
  );
  expect(err).toBe("error  image python is not built\nmend   agentctl runner build python\n");
  expect(out).toBe("");
});

test("under --json the error is data", () => {
  expect(writeError(new AgentctlError("ledger/halted", "halted by ana", { exit: "halted", details: { by: "ana" } }), true)).toBe(9);
  expect(JSON.parse(out)).toEqual({ error: { code: "ledger/halted", message: "halted by ana", details: { by: "ana" } } });
  expect(err).toBe("");
});

test("what a message quotes cannot act on the terminal", () => {
  writeError(new AgentctlError("git/fetch-failed", "x cannot be fetched: \u001b]0;owned\u0007", { hint: "choose one: a\u202eb", exit: "failed" }), false);
  expect(err).toBe("error  x cannot be fetched: «U+001B»]0;owned«U+0007»\nmend   choose one: a«U+202E»b\n");
});

test("anything else is our fault, and said to be", () => {
  expect(writeError(new TypeError("x is not a function"), false)).toBe(1);
  expect(err).toContain("this is a fault of agentctl: x is not a function");
  expect(writeError("thrown text", false)).toBe(1);
});

test("the end of --help is no error", () => {
  expect(writeError(Object.assign(new Error("EEXIT: 0"), { code: "EEXIT", oclif: { exit: 0 } }), false)).toBe(0);
  expect(err).toBe("");
});

test("a table aligns text left and numbers right", () => {
  expect(
    table(
      [
        { action: "skill.run", n: 3, more: null },
        { action: "x", n: 10, more: { a: 1 } },
      ],
      ["action", "n", "more"],
    ),
  ).toEqual(["action      n  more", "skill.run   3", 'x          10  {"a":1}']);
  expect(table([], ["a", "b"])).toEqual(["a  b"]);
  expect(table([{ a: "x" }], ["a"], { header: false })).toEqual(["x"]);
});
