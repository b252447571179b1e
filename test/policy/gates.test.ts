import { expect, test } from "vitest";
import { heldTo } from "../../src/policy/gates.ts";
import { gateLimitNames, gateLimits, stricter } from "../../src/base/gate-limits.ts";
import { findingsOf, policyFiles, policySet, shippedPolicies } from "../support/policies.ts";

const cases = policyFiles("a", "- id: yes\n  match: { action: query.run }\n  effect: allow\n  reason: r\n").slice(1);

function gates(name: string, text: string): { path: string; text: string }[] {
  return [
    { path: `policies/${name}/policy.yaml`, text: `name: ${name}\ndescription: d\ngates: ${text}\n` },
    ...cases.map((file) => ({ ...file, path: `policies/${name}/cases.yaml` })),
  ];
}

test("of several policies the strictest holds, whichever comes first", () => {
  const set = policySet(
    ...gates("a", "{ trades: 30, drawdown: 0.2, permutations: 500 }"),
    ...gates("b", "{ trades: 50, drawdown: 0.4, permutations: 200, lag: 0.5 }"),
  );
  expect(Object.fromEntries(Object.values(set.gates).map(({ id, name, value, line }) => [name, [id, value, line]]))).toEqual({
    trades: ["b/trades", 50, 3],
    drawdown: ["a/drawdown", 0.2, 3],
    permutations: ["a/permutations", 500, 3],
    lag: ["b/lag", 0.5, 3],
  });
});

test("without gates there are none, and nothing stands in for them", () => {
  expect(policySet(...policyFiles("a", "- id: yes\n  match: { action: query.run }\n  effect: allow\n  reason: r\n")).gates).toEqual({});
});

test.each([
  ["an unknown limit", "{ trade: 30 }", 'policy/schema policies/a/policy.yaml:3 unknown key "trade" in "gates" (did you mean "trades"?)'],
  ["no limit at all", "{}", 'policy/schema policies/a/policy.yaml:3 "gates" must NOT have fewer than 1 properties, found a mapping'],
  ["a limit out of range", "{ permutation: 1.5 }", 'policy/schema policies/a/policy.yaml:3 "gates.permutation" must be <= 1, found 1.5'],
  ["a look-ahead that is let through", "{ look-ahead: 1 }", 'policy/schema policies/a/policy.yaml:3 "gates.look-ahead" must be <= 0, found 1'],
  ["a limit that is no number", "{ trades: many }", 'policy/schema policies/a/policy.yaml:3 "gates.trades" must be number, found "many"'],
])("%s is refused by name and line", (_what, text, expected) => {
  expect(findingsOf(gates("a", text))).toEqual([expected]);
});

test("the shipped policies set every limit there is", () => {
  const set = policySet(...shippedPolicies());
  expect(Object.keys(set.gates).toSorted()).toEqual(gateLimitNames.toSorted());
});

test("stricter is higher where a figure must be at least, lower where at most", () => {
  for (const name of gateLimitNames) expect(stricter(name, 1, 2)).toBe(gateLimits[name].relation === "≥" ? 2 : 1);
});

test("a strategy tightens and never loosens; what it asked for in vain is said", () => {
  const { gates: held } = policySet(...gates("a", "{ trades: 30, drawdown: 0.4, lag: 0.5 }"));
  expect(heldTo(held, { trades: 100, drawdown: 0.5, lag: 0.5, costs: 0.9 })).toEqual({
    limits: { trades: 100, drawdown: 0.4, lag: 0.5 },
    ignored: [
      { name: "drawdown", own: 0.5, policy: 0.4 },
      { name: "costs", own: 0.9, policy: null },
    ],
  });
});
