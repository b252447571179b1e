import { describe, expect, test } from "vitest";
import { reportPassed } from "../../src/base/report.ts";
import { actionNames } from "../../src/policy/actions.ts";
import { decide } from "../../src/policy/decide.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import { riskClasses, type ActionRequest } from "../../src/policy/request.ts";
import { runCases } from "../../src/policy/run-cases.ts";
import { agent, person, policySet, shippedPolicies } from "../support/policies.ts";

const files = shippedPolicies();
const set = policySet(...files);
const at = { id: "d-1", commit: "c" };

test("every case holds, every rule and budget has one, and every policy its page", () => {
  const checks = runCases(set);
  expect(checks.flatMap((check) => check.findings)).toEqual([]);
  expect(checks.length).toBeGreaterThanOrEqual(50);
  expect(set.policies.map(({ name }) => name)).toEqual(["autonomy", "baseline", "budgets", "proposals", "skills", "strategies"]);
  for (const { name } of set.policies) expect(files.some((file) => file.path === `policies/${name}/README.md`)).toBe(true);
});

test("each rule has positive and negative examples", () => {
  for (const file of files.filter(({ path }) => path.endsWith("policy.yaml"))) {
    const rules = file.text.split(/^ {2}- id: /m).slice(1);
    for (const text of rules)
      expect([file.path, text.split("\n")[0], text.includes("match:"), text.includes("differ:")]).toEqual([file.path, text.split("\n")[0], true, true]);
  }
});

test("breaking any one rule is noticed by a case", () => {
  const ids = set.policies.flatMap((policy) => policy.rules.map((rule) => ({ policy: policy.name, id: rule.id.slice(policy.name.length + 1) })));
  for (const { policy, id } of ids) {
    const without = files.map((file) => {
      if (file.path !== `policies/${policy}/policy.yaml`) return file;
      const start = file.text.indexOf(`  - id: ${id}\n`);
      const end = file.text.indexOf("\n  - id: ", start + 1);
      return { ...file, text: file.text.slice(0, start) + (end === -1 ? "" : file.text.slice(end + 1)) };
    });
    const changed = readPolicies(without);
    expect([id, changed.findings]).toEqual([id, []]);
    expect([id, reportPassed({ tool: "t", version: "0", checks: runCases(changed.set) })]).toEqual([id, false]);
  }
});

describe("whatever the class and the action", () => {
  const facts: Partial<ActionRequest> = {
    tool: "shell",
    path: "src/a.ts",
    host: "example.org",
    skill: { name: "pdf", trust: "untrusted", committed: true, digest: "d" },
  };
  const all = actionNames.flatMap((action) => riskClasses.map((riskClass) => ({ action, class: riskClass })));

  test("level 1 is allowed nothing but reading and suggesting", () => {
    const allowed = all.filter((each) => decide({ ...each, ...facts, actor: agent(1) }, set, at).effect !== "deny");
    expect(allowed.filter((each) => each.class !== "R").map(({ action, class: riskClass }) => `${action} ${riskClass}`)).toEqual(["proposal.open W"]);
  });

  test("no agent trades or uses credentials without a person, and none reaches the network by itself", () => {
    for (const level of [1, 2, 3, 4]) {
      const alone = all.filter((each) => decide({ ...each, ...facts, actor: agent(level) }, set, at).effect === "allow");
      expect(alone.filter((each) => each.class === "T" || each.class === "C")).toEqual([]);
      expect(alone.filter(({ action }) => action === "net.connect")).toEqual([]);
    }
  });

  test("nobody runs an untrusted skill", () => {
    for (const actor of [person, agent(1), agent(2), agent(3), agent(4)]) {
      for (const riskClass of riskClasses) expect(decide({ action: "skill.run", class: riskClass, ...facts, actor }, set, at).effect).toBe("deny");
    }
  });

  test("one person alone places no order", () => {
    for (const each of all.filter(({ class: riskClass, action }) => riskClass === "T" && action !== "order.cancel")) {
      expect(decide({ ...each, ...facts, actor: person }, set, at).effect).not.toBe("allow");
    }
  });
});
