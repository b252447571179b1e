import fc from "fast-check";
import { expect, test } from "vitest";
import { statementProblem, type Truth } from "../../src/proposal/statement-problem.ts";
import { readStatement, statementText, type ProposalStatement } from "../../src/proposal/statement.ts";

const oid = (digit: string): string => digit.repeat(40);
const sound: ProposalStatement = {
  type: "agentctl-proposal-v1",
  repository: oid("1"),
  proposal: "p-7k2mq0x4w9",
  kinds: ["skill", "policy"],
  class: "C",
  effect: "two-key",
  target: "refs/heads/main",
  base: oid("2"),
  head: oid("3"),
  tree: oid("4"),
  policy: { commit: oid("2"), version: 3 },
  gates: "5".repeat(64),
  audit: { run: "r-7k2mq0x4w9", seq: 4, hash: "6".repeat(64) },
  nonce: "n-7k2mq0x4w97k2mq0x4w9",
  issued: "2026-11-28T12:00:00.000Z",
  expires: "2026-12-12T12:00:00.000Z",
  decision: "approve",
  note: "",
};
const truth: Truth = {
  repository: oid("1"),
  proposal: { id: "p-7k2mq0x4w9", base: oid("2"), head: oid("3"), tree: oid("4") },
  target: "refs/heads/main",
  kinds: ["policy"],
  needed: { effect: "two-key", class: "C" },
  policyVersion: 3,
  isPast: (commit) => commit === oid("2"),
  nowMs: Date.parse("2026-11-29T12:00:00.000Z"),
};

test("what was written is read back, whatever the note says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (note) => {
      const statement = { ...sound, note };
      expect(readStatement(statementText(statement))).toEqual({ statement });
    }),
  );
});

test("a byte more, less or other is no statement, or says something else", () => {
  const text = statementText(sound);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom("", " ", '"', "0", "}", "\n", "\\", "é"), fc.boolean(), (at, put, instead) => {
      const bent = text.slice(0, at) + put + text.slice(instead ? at + 1 : at);
      const read = readStatement(bent);
      // What is read at all is read as exactly these bytes, which only the sound one has.
      expect("statement" in read ? statementText(read.statement) : bent).toBe(bent);
    }),
  );
});

test("nothing that can be parsed makes it throw", () => {
  fc.assert(fc.property(fc.json(), (text) => "problem" in readStatement(text)));
  fc.assert(fc.property(fc.string(), (text) => "problem" in readStatement(text)));
  expect(readStatement("[".repeat(60_000))).toHaveProperty("problem");
  expect(readStatement("x".repeat(70_000))).toEqual({ problem: "it has more than 65536 bytes" });
});

test.each<[string, object, string]>([
  ["a field too many", { ...sound, more: 1 }, 'it has a field "more" that no statement has'],
  ["a field too few", { ...sound, note: undefined }, "its note is missing or none"],
  ["a field within a field", { ...sound, policy: { ...sound.policy, also: 1 } }, "its policy is missing or none"],
  ["another type", { ...sound, type: "agentctl-approval-v1" }, "its type is missing or none"],
  ["an id made of options", { ...sound, proposal: "--upload-pack=x" }, "its proposal is missing or none"],
  ["a kind twice", { ...sound, kinds: ["skill", "skill"] }, "its kinds is missing or none"],
  ["a day that is none", { ...sound, expires: "2026-13-40T00:00:00.000Z" }, "its expires is missing or none"],
  ["__proto__", JSON.parse('{"__proto__":{"decision":"approve"}}') as object, "its type is missing or none"],
])("%s is refused by name", (_name, value, problem) => {
  expect(readStatement(statementText(value as ProposalStatement))).toEqual({ problem });
});

test("a yes to exactly this is one, and it is none to anything stricter", () => {
  expect(statementProblem(sound, truth)).toBeUndefined();
  expect(statementProblem({ ...sound, effect: "approve" }, truth)).toBe("it was one approval; the change takes two keys");
  expect(statementProblem({ ...sound, class: "W" }, truth)).toBe("it is about a change of class W; this one is of class C");
  expect(statementProblem(sound, { ...truth, needed: undefined })).toBe("nobody can agree to it: it is denied");
  expect(statementProblem(sound, { ...truth, kinds: ["signer"] })).toBe("it does not know that the change is about signer");
  expect(statementProblem(sound, { ...truth, policyVersion: 2 })).toContain("here they are an older one");
  // What asks for less by now is still agreed to.
  expect(statementProblem(sound, { ...truth, needed: { effect: "approve", class: "W" } })).toBeUndefined();
});

test("a no holds although the gates, the policies and the base changed since; not in another repository, nor about another head", () => {
  const no: ProposalStatement = { ...sound, decision: "reject", gates: null };
  expect(statementProblem(no, { ...truth, policyVersion: 9, proposal: { ...truth.proposal, base: oid("9") }, needed: undefined })).toBeUndefined();
  expect(statementProblem(no, { ...truth, repository: oid("9") })).toContain("another repository");
  expect(statementProblem(no, { ...truth, proposal: { ...truth.proposal, head: oid("9") } })).toContain("the head moved");
});
