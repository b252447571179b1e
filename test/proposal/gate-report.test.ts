import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { boundResult, gateNames, readGateReport, reportProblem, type GateReport, type GateResult } from "../../src/proposal/gate-report.ts";

const oid = "a".repeat(40);
const result = (gate: GateResult["gate"], verdict: GateResult["verdict"] = "passed"): GateResult => ({
  gate,
  verdict,
  summary: "as told",
  findings: [],
  evidence: {},
});
const report = (gates: readonly GateResult[] = gateNames.map((gate) => result(gate))): GateReport => ({
  type: "agentctl-gates-v1",
  repository: oid,
  proposal: "p-7k2mq0x4w9",
  head: oid,
  base: oid,
  tree: oid,
  policy: oid,
  gates,
});
const judged = { repository: oid, id: "p-7k2mq0x4w9", head: oid, base: oid, tree: oid, kinds: ["skill"], changes: [] } as const;

test("a report is read back to the last member, and nothing else is one", () => {
  const text = canonicalJson(report());
  expect(readGateReport(text)).toEqual(report());
  for (const other of [
    `${text} `,
    text.replace("agentctl-gates-v1", "agentctl-gates-v2"),
    text.replace('"policy"', '"polity"'),
    text.replace('"passed"', '"perhaps"'),
    "null",
    "{}",
    "[",
  ])
    expect(readGateReport(other)).toBeUndefined();
});

test("whatever else the text is, it is no report, and nothing is thrown", () => {
  expect(() => fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => readGateReport(text) === undefined))).not.toThrow();
});

test("another change's, a missing gate, one that failed or was not asked do not count", () => {
  expect(reportProblem(report(), judged)).toBeUndefined();
  const other = "b".repeat(40);
  for (const member of ["repository", "head", "base", "tree"] as const) expect(reportProblem({ ...report(), [member]: other }, judged), member).toBeDefined();
  expect(reportProblem({ ...report(), proposal: "p-other00" }, judged)).toMatch(/p-other00/);
  expect(reportProblem(report(report().gates.slice(1)), judged)).toBe("gates are missing");
  expect(reportProblem(report(gateNames.map((gate) => result(gate, gate === "tests" ? "failed" : "passed"))), judged)).toBe("the gate tests failed");
  expect(reportProblem(report(gateNames.map((gate) => result(gate, gate === "prose" ? "not-needed" : "passed"))), judged)).toBe("the gate prose was not asked");
});

test("findings are bounded, the worst first; an error makes a passed gate a failed one; large evidence is left out", () => {
  const findings = [
    ...Array.from({ length: 120 }, () => ({ rule: "x/y", level: "warning" as const, message: "m" })),
    { rule: "x/z", level: "error" as const, message: "e" },
  ];
  const bound = boundResult({ gate: "paths", verdict: "passed", summary: "two\nlines", findings, evidence: { large: "x".repeat(20_000) } });
  expect(bound).toMatchObject({ verdict: "failed", summary: "two lines (21 more findings)" });
  expect(bound.findings).toHaveLength(100);
  expect(bound.findings[0]?.level).toBe("error");
  expect(Object.keys(bound.evidence).toSorted()).toEqual(["bytes", "left", "sha256"]);
});
