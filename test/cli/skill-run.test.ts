import { afterEach, expect, test, vi } from "vitest";
import { showDecision } from "../../src/cli/skill-run.ts";
import type { Decision } from "../../src/policy/request.ts";

const decision: Decision = {
  id: "d-1",
  effect: "deny",
  rules: ["a/first", "b/second"],
  reason: "no \u001b[2J here",
  at: { file: "policies/a/policy.yaml", line: 3 },
  would: "never",
  policy: { commit: "0123456789", digest: "" },
  request: { action: "skill.run", class: "R", actor: { kind: "person", name: "ana" } },
};

afterEach(() => vi.unstubAllEnvs());

test("on a terminal a denial is red, and what others wrote in it cannot act", () => {
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("FORCE_COLOR", "1");
  expect(showDecision("r-1", decision)).toEqual([
    "run r-1  policy 0123456",
    "\u001b[31mdeny\u001b[39m       a/first     policies/a/policy.yaml:3",
    "why        no «U+001B»[2J here",
    "also       b/second",
    "would      never",
  ]);
});

test("what is allowed is one line", () => {
  expect(showDecision("r-1", { ...decision, effect: "allow" })).toEqual(["run r-1  policy 0123456  rule a/first, b/second"]);
});
