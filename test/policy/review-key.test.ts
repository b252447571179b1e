import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { findingsOf, policyFiles, policySet } from "../support/policies.ts";

const rule = (match: string, more = "reviewMayCount: true", effect = "approve", id = "reviewed"): string =>
  `- id: ${id}\n  match: ${match}\n  effect: ${effect}\n  reason: r\n${more === "" ? "" : `  ${more}\n`}`;
const docs = "{ action: proposal.land, class: [W, B], path: 'docs/**' }";

describe("a review as the approval that a rule asks for", () => {
  test.each<[string, string, string | undefined]>([
    ["a rule about landing documents", rule(docs), undefined],
    ["a rule that says no", rule("{}", "reviewMayCount: false"), undefined],
    ["a rule about two keys", rule(docs, "reviewMayCount: true", "two-key"), "the rule's effect is two-key"],
    ["a rule that allows", rule(docs, "reviewMayCount: true", "allow"), "the rule's effect is allow"],
    ["a rule about any action", rule("{ class: W }"), "may match other actions"],
    ["a rule about writing too", rule("{ action: [proposal.land, file.write], class: W }"), "may match other actions"],
    ["a rule about a pattern of actions", rule("{ action: 'proposal.*', class: W }"), "may match other actions"],
    ["a rule without classes", rule("{ action: proposal.land }"), "may match class C or T"],
    ["a rule about credentials", rule("{ action: proposal.land, class: [W, C] }"), "may match class C or T"],
    ["a rule about every class", rule("{ action: proposal.land, class: '*' }"), "may match class C or T"],
  ])("%s", (_what, rules, problem) => {
    const found = findingsOf(policyFiles("a", rules));
    expect(found).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
  });

  test("is said by the decision where every rule that asks for the approval lets it", () => {
    const request = { action: "proposal.land", class: "W", actor: { kind: "person", name: "ada" }, path: "docs/a.md" } as const;
    const asked = (...rules: string[]) => decide(request, policySet(...policyFiles("p", rules.join(""))), { id: "d-1", commit: "c" });
    expect(asked(rule(docs))).toMatchObject({ effect: "approve", reviewMayCount: true });
    expect(asked(rule(docs), rule(docs, "", "approve", "strict"))).not.toHaveProperty("reviewMayCount");
    expect(asked(rule(docs), rule(docs, "", "two-key", "two"))).not.toHaveProperty("reviewMayCount");
    expect(asked(rule(docs), rule(docs, "", "allow", "mild"))).toHaveProperty("reviewMayCount", true);
  });
});
