import { expect, test } from "vitest";
import { runCases } from "../../src/policy/run-cases.ts";
import { policyFiles, policySet } from "../support/policies.ts";

const rules =
  "- { id: yes, match: { action: query.run }, effect: allow, reason: r }\n- { id: spare, match: { action: order.place }, effect: two-key, reason: r }\n";
const other = policyFiles(
  "b",
  "- { id: ask, match: { action: net.connect }, effect: approve, reason: r }\n",
  "- { name: asks, request: { action: net.connect, host: a.b }, effect: approve, rule: ask }\n",
);

function found(cases: string): string[] {
  const set = policySet(...policyFiles("a", rules, cases), ...other);
  return runCases(set).flatMap((check) =>
    check.findings.map((finding) => `${finding.rule} ${finding.level} ${finding.file}:${finding.line} ${finding.message}`),
  );
}

const untried = "policy/untried warning policies/a/policy.yaml:5 no case is decided by a/spare";
const yes = "- { name: yes, request: { action: query.run }, effect: allow, rule: yes }\n";

test("cases are decided over all policies together", () => {
  expect(found(`${yes}- { name: b, request: { action: net.connect, host: c.d }, effect: approve, rule: b/ask }\n`)).toEqual([untried]);
});

test("another effect, another rule, a rule that does not exist", () => {
  expect(found(`${yes}- { name: n, request: { action: query.run }, effect: deny }\n`)).toEqual([
    "policy/case error policies/a/cases.yaml:2 expected deny, got allow by a/yes",
    untried,
  ]);
  expect(found(`${yes}- { name: n, request: { action: net.connect, host: c.d }, effect: approve, rule: yes }\n`)[0]).toBe(
    "policy/case error policies/a/cases.yaml:2 expected approve by a/yes, got it by b/ask",
  );
  expect(found(`${yes}- { name: n, request: { action: file.read, path: x }, effect: deny, rule: gone }\n`)[0]).toBe(
    "policy/case error policies/a/cases.yaml:2 expected deny by a/gone, got it by no rule",
  );
});

function budget(cases: string): string[] {
  const text =
    "name: money\ndescription: d\nbudgets:\n  - { id: run, scope: run, limits: { costUsd: 5 } }\n  - { id: bots, scope: agent, match: { agent: bot-* }, limits: { costUsd: 1 } }\n";
  const set = policySet({ path: "policies/money/policy.yaml", text }, { path: "policies/money/cases.yaml", text: cases });
  return runCases(set).flatMap((check) => check.findings.map((finding) => `${finding.level} ${finding.message}`));
}
test("reservations", () => {
  const tried =
    "- { name: r, reserve: { ask: { costUsd: 6 } }, granted: false, limit: run }\n- { name: b, reserve: { agent: bot-1, ask: { costUsd: 2 } }, granted: false, limit: bots }\n";
  expect(budget(tried)).toEqual([]);
  expect(budget(`${tried}- { name: q, reserve: { agent: quant, ask: { costUsd: 2 } }, granted: true }\n`)).toEqual([]);
  expect(budget(`${tried}- { name: x, reserve: { ask: { costUsd: 1 } }, granted: false }\n`)).toEqual(["error expected a refusal, but it is granted"]);
  expect(budget(`${tried}- { name: x, reserve: { ask: { costUsd: 1 }, spent: { run: { costUsd: 4.5 } } }, granted: true }\n`)).toEqual([
    "error expected a grant, but it is refused: money/run: 1 costUsd asked, 0.5 left of 5 for the run",
  ]);
  expect(budget(`${tried}- { name: x, reserve: { agent: bot-1, ask: { costUsd: 2 } }, granted: false, limit: run }\n`)[0]).toMatch(
    /^error expected a refusal by money\/run, got it by money\/bots/,
  );
});
