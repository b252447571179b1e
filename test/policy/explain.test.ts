import { describe, expect, test } from "vitest";
import { explain } from "../../src/policy/explain.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import { fillIn, unknownPlaceholder } from "../../src/policy/placeholders.ts";
import { agent, person, policyFiles, policySet } from "../support/policies.ts";

const rules = `- id: people
  match: { actor: person }
  effect: allow
  reason: r
- id: shell
  match: { action: tool.call, tool: [shell, python] }
  when: actor.level < 3
  effect: approve
  reason: r
- id: port
  when: port == 443
  effect: allow
  reason: r
- id: all
  effect: approve
  reason: r
`;

describe("explain", () => {
  const set = policySet(...policyFiles("p", rules));

  test("says of every rule, in the order of the file, why it did or did not speak", () => {
    const considered = explain({ action: "tool.call", class: "W", actor: agent(3), tool: "shell" }, set);
    expect(considered.map(({ rule, outcome, why, line }) => [rule, line, outcome, why])).toEqual([
      ["p/people", 4, "differs", "actor is agent:quant, it wants person"],
      ["p/shell", 8, "differs", "its condition does not hold: actor.level < 3"],
      ["p/port", 13, "error", "its condition failed, which denies: the request has no port"],
      ["p/all", 17, "matches", "it matches everything"],
    ]);
    expect(explain({ action: "query.run", class: "R", actor: agent(2) }, set)[1]?.why).toBe("action is query.run, it wants tool.call");
    expect(explain({ action: "tool.call", class: "W", actor: agent(2), tool: "shell" }, set)[1]).toMatchObject({
      outcome: "matches",
      why: "action, tool, when fit",
    });
  });

  test("says nothing of rules that were never asked", () => {
    expect(explain({ action: "tool.call", class: "W", actor: person }, set)).toEqual([]);
    expect(explain({ action: "query.run", class: "R", actor: person }, readPolicies(policyFiles("p", "- id: X\n")).set)).toEqual([]);
  });
});

test("placeholders", () => {
  const request = { action: "tool.call", class: "W", actor: agent(2), tool: "shell" } as const;
  expect(fillIn("{actor.name} {actor.level} {actor.kind} {tool} {class} {path} {__proto__} {}", request)).toBe("quant 2 agent shell W {path} {__proto__} {}");
  expect(unknownPlaceholder("{actor.name} {tol}")).toEqual({ message: "{tol} stands for nothing", hint: "did you mean {tool}?" });
  expect(unknownPlaceholder("{constructor}")?.hint).toMatch(/^known: \{action\}/);
  expect(unknownPlaceholder("plain")).toBeUndefined();
});
