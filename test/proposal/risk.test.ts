import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldedPath, shownLookAlikes } from "../../src/proposal/look-alike.ts";
import type { PathChange } from "../../src/proposal/proposal.ts";
import { riskOf } from "../../src/proposal/risk.ts";

const oid = "a".repeat(40);
const change = (path: string, mode = "100644", before?: string): PathChange => ({
  path,
  after: { mode, oid },
  ...(before !== undefined && { before: { mode: before, oid: "b".repeat(40) } }),
});

describe("risk", () => {
  test.each([
    ["policies/signers", "two-key", "C"],
    ["Policies/Signers", "two-key", "C"],
    ["p\u043elicies/baseline/policy.yaml", "two-key", "C"],
    ["\uff50olicies/a/policy.yaml", "two-key", "C"],
    ["poli\u200bcies/a/policy.yaml", "two-key", "C"],
    ["policies./a/policy.yaml", "two-key", "C"],
    ["AGENTCTL.YML", "two-key", "C"],
    ["agentctl.yaml ", "two-key", "C"],
    [".github/workflows/x.yml", "two-key", "C"],
    ["sub/.gitattributes", "two-key", "C"],
    [".gitmodules", "deny", "C"],
    ["evaluations/x.yaml", "two-key", "C"],
    ["runners/python/Dockerfile", "two-key", "C"],
    ["strategies/sma/strategy.yaml", "approve", "B"],
    ["docs/policies.md", "approve", "W"],
  ])("of %s is %s, class %s", (path, effect, riskClass) => {
    expect(riskOf([change(path)])).toMatchObject({ effect, class: riskClass });
  });

  test("of links, submodules and programs comes from modes", () => {
    expect(riskOf([change("docs/a", "120000")]).effect).toBe("deny");
    expect(riskOf([change("docs/a", "160000")]).effect).toBe("deny");
    expect(riskOf([{ path: "docs/a", before: { mode: "120000", oid } }]).effect).toBe("deny");
    expect(riskOf([change("docs/a", "100755", "100644")]).effect).toBe("two-key");
    expect(riskOf([]).effect).toBe("deny");
  });

  const paths = fc.array(
    fc.tuple(
      fc.constantFrom(
        "policies/a/policy.yaml",
        "docs/x.md",
        "skills/s/SKILL.md",
        "agents/q/prompt.md",
        "strategies/s/strategy.yaml",
        ".gitmodules",
        "agentctl.yaml",
        "a",
      ),
      fc.constantFrom("100644", "100755", "120000"),
    ),
    { minLength: 1, maxLength: 6 },
  );
  const effects = ["approve", "two-key", "deny"];
  const classes = ["R", "W", "B", "N", "C", "T"];

  test("is not changed by the order of paths, and never lowered by one more", () => {
    fc.assert(
      fc.property(paths, paths, (some, more) => {
        const all = some.map(([path, mode]) => change(path, mode));
        const one = riskOf(all);
        const { kinds, class: riskClass, effect } = riskOf(all.toReversed());
        expect({ kinds, riskClass, effect }).toEqual({ kinds: one.kinds, riskClass: one.class, effect: one.effect });
        const wider = riskOf([...all, ...more.map(([path, mode]) => change(path, mode))]);
        expect(effects.indexOf(wider.effect)).toBeGreaterThanOrEqual(effects.indexOf(one.effect));
        expect(classes.indexOf(wider.class)).toBeGreaterThanOrEqual(classes.indexOf(one.class));
      }),
    );
  });
});

test("letters that pass for others show themselves; words of another alphabet stay", () => {
  expect(shownLookAlikes("p\u0430ypal, \u043f\u0440\u0438\u0432\u0435\u0442, \u0441\u043e\u0440\u0443")).toBe(
    "p«U+0430»ypal, \u043f\u0440\u0438\u0432\u0435\u0442, «U+0441»«U+043E»«U+0440»«U+0443»",
  );
  expect(foldedPath("P\u043eLICIES/Signers. ")).toBe("policies/signers");
});
