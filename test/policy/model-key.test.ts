import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import { agent, findingsOf, policyFiles, policySet } from "../support/policies.ts";

const rule = (match: string, more = "modelMayCount: true", effect = "two-key", id = "both"): string =>
  `- id: ${id}\n  match: ${match}\n  effect: ${effect}\n  reason: r\n${more === "" ? "" : `  ${more}\n`}`;
const docs = "{ action: file.write, class: W, path: 'docs/**' }";

describe("a model as one of two keys", () => {
  test.each<[string, string, string | undefined]>([
    ["a rule about documents", rule(docs), undefined],
    ["a rule about hosts", rule("{ action: net.connect, class: [R, W] }"), undefined],
    ["a rule that says no", rule("{}", "modelMayCount: false"), undefined],
    ["a rule about everything", rule("{}"), "may match class C or T"],
    ["a rule without classes", rule("{ action: file.write, path: 'docs/**' }"), "may match class C or T"],
    ["a rule about orders", rule("{ action: order.place, class: T }"), "may match class C or T"],
    ["a rule about every class", rule("{ class: '*', path: 'docs/**' }"), "may match class C or T"],
    ["a rule about every file", rule("{ action: file.write, class: W }"), "may match file.write of a file below policies/"],
    ["a rule about landing", rule("{ action: proposal.land, class: W }"), "may match proposal.land of a file below policies/"],
    ["a rule about any action", rule("{ class: W }"), "of a file below policies/"],
    ["a rule about policies", rule("{ action: file.write, class: W, path: 'policies/**' }"), "may reach policies/"],
    ["a pattern that reaches them", rule("{ action: file.write, class: W, path: '**/*.yaml' }"), "may reach policies/"],
    ["a pattern in another case", rule("{ action: file.write, class: W, path: 'POLICIES/**' }"), "may reach policies/"],
    ["braces with folders", rule("{ action: file.write, class: W, path: '{policies/a,docs/b}' }"), "may reach policies/"],
    ["a rule with one key", rule(docs, "modelMayCount: true", "approve"), "the rule's effect is approve"],
  ])("%s", (_what, rules, problem) => {
    const found = findingsOf(policyFiles("a", rules));
    if (problem === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(/^policy\/model-key policies\/a\/policy\.yaml:\d+ rule both: /)]);
    if (problem !== undefined) expect(found[0]).toContain(problem);
  });

  test("is said by the decision where every rule that asks for two keys lets it", () => {
    const request = { action: "file.write", class: "W", actor: agent(3), path: "docs/a.md" } as const;
    const asked = (...rules: string[]) => decide(request, policySet(...policyFiles("p", rules.join(""))), { id: "d-1", commit: "c" });
    expect(asked(rule(docs))).toMatchObject({
      effect: "two-key",
      modelMayCount: true,
      would: "allowed once two people, or a person and a model, have approved it with their own keys",
    });
    expect(asked(rule(docs), rule(docs, "", "two-key", "strict"))).not.toHaveProperty("modelMayCount");
    expect(asked(rule(docs), rule(docs, "", "approve", "mild"))).toHaveProperty("modelMayCount", true);
    expect(asked(rule(docs, ""))).not.toHaveProperty("modelMayCount");
  });
});

describe("signed answers always", () => {
  const cases = "- name: any\n  request: { action: query.run }\n  effect: deny\n";
  const text = (approvals: string): { path: string; text: string }[] => [
    { path: "policies/a/policy.yaml", text: `name: a\ndescription: d\napprovals: ${approvals}\n` },
    { path: "policies/a/cases.yaml", text: cases },
  ];

  test("where one policy says so, and where the set is broken", () => {
    expect(readPolicies(text("{ signed: required }"))).toMatchObject({ findings: [], set: { signedApprovals: true } });
    expect(policySet(...policyFiles("b", rule(docs))).signedApprovals).toBe(false);
    expect(readPolicies(text("{ signed: requird }")).set).toMatchObject({ signedApprovals: true, broken: { message: expect.stringContaining("requird") } });
  });
});
