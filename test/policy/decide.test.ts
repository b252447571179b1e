import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import { effects, riskClasses, type ActionRequest, type Decision, type Effect } from "../../src/policy/request.ts";
import { agent, person, policyFiles, policySet } from "../support/policies.ts";

const at = { id: "d-1", commit: "c".repeat(40) };
const query: ActionRequest = { action: "query.run", class: "R", actor: person };

const rule = (id: string, effect: Effect, more = "match: { action: query.run }"): string =>
  `- id: ${id}\n  ${more}\n  effect: ${effect}\n  reason: reason of ${id}\n${effect === "deny" ? "  examples: { match: [{ action: query.run }] }\n" : ""}`;

describe("one decision", () => {
  test("carries the rule, its words, its place, the policy and the request", () => {
    const set = policySet(...policyFiles("a", rule("yes", "allow")));
    expect(decide(query, set, at)).toEqual({
      id: "d-1",
      effect: "allow",
      rules: ["a/yes"],
      reason: "reason of yes",
      at: { file: "policies/a/policy.yaml", line: 4 },
      policy: { commit: at.commit, digest: set.digest },
      request: query,
    });
  });

  test("nothing matched is a denial that names the nearest rule", () => {
    const set = policySet(...policyFiles("a", rule("yes", "allow", "match: { action: file.write, path: 'docs/**' }")));
    const decision = decide({ ...query, action: "file.write", class: "W", path: "src/a.ts" }, set, at);
    expect(decision).toMatchObject({ effect: "deny", rules: [], reason: "no rule allows file.write (class W) for person ada" });
    expect(decision.would).toBe("allow by a/yes, if path were docs/** (it is src/a.ts)");
    expect(decision.at).toBeUndefined();
  });

  test("deny, two-key, approve, allow: the strictest wins, and all of its kind are named", () => {
    const all = [rule("w-allow", "allow"), rule("x-approve", "approve"), rule("y-two", "two-key"), rule("z-deny", "deny"), rule("a-deny", "deny")];
    const decided = (count: number): Decision => decide(query, policySet(...policyFiles("p", all.slice(0, count).join(""))), at);
    expect([1, 2, 3, 4].map((count) => decided(count).effect)).toEqual(["allow", "approve", "two-key", "deny"]);
    expect(decided(5).rules).toEqual(["p/a-deny", "p/z-deny"]);
    expect(decided(5).at?.line).toBe(21);
    expect(decided(5).would).toBe("allow by p/w-allow, if p/a-deny did not apply");
    expect(decided(2).would).toBe("allowed once a person has approved it");
    expect(decided(3).would).toBe("allowed once two people have approved it with their own keys");
  });

  test("words take facts of the request", () => {
    const set = policySet(
      ...policyFiles(
        "a",
        `- id: shell\n  match: { action: tool.call, actor: agent }\n  effect: deny\n  reason: "agent {actor.name} at level {actor.level} calls {tool} on {host}"\n  would: ask for {tool}\n  examples: { match: [{ action: tool.call, tool: shell, actor: { kind: agent, name: q, level: 1 } }] }\n`,
      ),
    );
    const decision = decide({ action: "tool.call", class: "W", tool: "shell", actor: agent(2) }, set, at);
    expect([decision.reason, decision.would]).toEqual(["agent quant at level 2 calls shell on {host}", "ask for shell"]);
  });
});

describe("fails closed", () => {
  test("where two rules deny, what would allow it is said for both", () => {
    const rule = (id: string, would: string): string =>
      `- id: ${id}\n  match: { action: tool.call }\n  effect: deny\n  reason: no\n  would: ${would}\n  examples: { match: [{ action: tool.call, tool: shell }] }\n`;
    const set = policySet(...policyFiles("p", rule("a", "level 2") + rule("b", "level 3") + rule("c", "level 2")));
    expect(decide({ action: "tool.call", class: "W", actor: agent(1), tool: "shell" }, set, { id: "d-1", commit: "c" }).would).toBe("level 2; and level 3");
  });

  test.each(["allow", "approve", "two-key", "deny"] as const)("a condition of a rule that would %s fails: denied, with the rule and the error", (effect) => {
    const broken = `- id: port\n  match: { action: query.run }\n  when: port == 443\n  effect: ${effect}\n  reason: r\n${effect === "deny" ? "  examples: { match: [{ action: query.run, port: 443 }] }\n" : ""}`;
    const set = policySet(...policyFiles("a", broken), ...policyFiles("b", rule("yes", "allow")));
    const decision = decide(query, set, at);
    expect(decision).toMatchObject({ effect: "deny", rules: ["a/port"], reason: "the condition of a/port failed: the request has no port" });
    expect(decide({ ...query, port: 443 }, set, at).effect).toBe(effect);
  });

  test("a rule that means no comes before a rule that failed", () => {
    const set = policySet(...policyFiles("a", `- id: aa\n  when: port == 1\n  effect: allow\n  reason: r\n${rule("bb", "deny")}`));
    expect(decide(query, set, at)).toMatchObject({ rules: ["a/bb", "a/aa"], reason: "reason of bb" });
  });

  test("no policies at all", () => {
    expect(decide(query, readPolicies([]).set, at)).toMatchObject({ effect: "deny", rules: ["base/no-policies"] });
  });

  test("one broken policy denies everything, and the reason names the place", () => {
    const files = [...policyFiles("a", rule("yes", "allow")), ...policyFiles("b", rule("no", "allow").replace("effect", "efect"))];
    const { set } = readPolicies(files);
    const decision = decide(query, set, at);
    expect(decision.effect).toBe("deny");
    expect(decision.rules).toEqual(["base/broken-policies"]);
    expect(decision.reason).toMatch(/^the policies are broken, so everything is denied: policies\/b\/policy\.yaml:\d+:\d+  /);
    expect(decision.at?.file).toBe("policies/b/policy.yaml");
  });

  test("a malformed request is answered, never thrown", () => {
    const set = policySet(...policyFiles("a", rule("yes", "allow", "match: {}")));
    expect(decide(query, set, at).effect).toBe("allow");
    for (const odd of [undefined, null, 1, "x", [], {}, { ...query, class: "X" }, { ...query, actor: null }, { ...query, action: "__proto__" }]) {
      expect(decide(odd as ActionRequest, set, at).effect).toBe("deny");
    }
  });

  test("anything at all is answered, and allowed only when it is a request", () => {
    const set = policySet(...policyFiles("a", rule("yes", "allow", "match: {}")));
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), (value) => {
        expect(decide(value as ActionRequest, set, at).effect).toBe("deny");
      }),
    );
  });
});

const requests: fc.Arbitrary<ActionRequest> = fc.record(
  {
    action: fc.constantFrom("query.run", "tool.call", "net.connect"),
    class: fc.constantFrom(...riskClasses),
    actor: fc.oneof(
      fc.constant(person),
      fc.integer({ min: 1, max: 4 }).map((level) => agent(level)),
    ),
    tool: fc.constantFrom("shell", "read_file"),
    host: fc.constantFrom("a.example.com", "example.com"),
    port: fc.constantFrom(22, 443),
  },
  { requiredKeys: ["action", "class", "actor", "tool", "host"] },
);

interface Sketch {
  effect: Effect;
  action?: string | undefined;
  class?: string | undefined;
  actor?: string | undefined;
  tool?: string | undefined;
  when?: "port == 443" | "has(request.port) && port == 443" | 'class == "R"' | undefined;
}

const sketches: fc.Arbitrary<Sketch> = fc.record(
  {
    effect: fc.constantFrom(...effects),
    action: fc.constantFrom("query.run", "tool.call", "net.connect"),
    class: fc.constantFrom(...riskClasses),
    actor: fc.constantFrom("person", "agent"),
    tool: fc.constantFrom("shell", "read_file"),
    when: fc.constantFrom("port == 443", "has(request.port) && port == 443", 'class == "R"'),
  },
  { requiredKeys: ["effect"] },
);

/** Example requests that fit any sketch: rules that deny need one. */
function yamlOf(sketch: Sketch, index: number): string {
  const { effect, when, ...match } = sketch;
  const fitting = {
    action: match.action ?? "query.run",
    class: when === 'class == "R"' ? "R" : (match.class ?? "R"),
    tool: match.tool ?? "shell",
    host: "a.b",
    port: 443,
  };
  const actor = match.actor === "agent" ? { kind: "agent", name: "q", level: 1 } : { kind: "person", name: "p" };
  const raw = {
    id: `r${index}`,
    match,
    ...(when && { when }),
    effect,
    reason: "r",
    ...(effect === "deny" && { examples: { match: [{ ...fitting, actor }] } }),
  };
  return `- ${JSON.stringify(raw)}\n`;
}

/** The meaning of rules, written as plainly as possible. */
function reference(list: readonly Sketch[], request: ActionRequest): Effect {
  let answer: Effect | undefined;
  for (const sketch of list) {
    if (sketch.action !== undefined && sketch.action !== request.action) continue;
    if (sketch.class !== undefined && sketch.class !== request.class) continue;
    if (sketch.actor !== undefined && sketch.actor !== request.actor.kind) continue;
    if (sketch.tool !== undefined && sketch.tool !== request.tool) continue;
    let says: Effect | undefined = sketch.effect;
    if (sketch.when === "port == 443") says = request.port === undefined ? "deny" : request.port === 443 ? says : undefined;
    if (sketch.when === "has(request.port) && port == 443") says = request.port === 443 ? says : undefined;
    if (sketch.when === 'class == "R"') says = request.class === "R" ? says : undefined;
    if (says === undefined) continue;
    if (says === "deny") return "deny";
    if (answer === undefined || (answer === "allow" && says !== "allow") || (answer === "approve" && says === "two-key")) answer = says;
  }
  return answer ?? "deny";
}

// A rule that denies one class and has the condition class == "R" can have no example, so it is no rule.
const possible = sketches.filter((sketch) => !(sketch.effect === "deny" && sketch.when === 'class == "R"' && (sketch.class ?? "R") !== "R"));

describe("against a plain reference", () => {
  test("the same effect, whatever the rules, the policies they stand in and their order", () => {
    fc.assert(
      fc.property(fc.array(possible, { minLength: 1, maxLength: 8 }), fc.array(requests, { minLength: 1, maxLength: 4 }), fc.nat(8), (list, asked, cut) => {
        const texts = list.map(yamlOf);
        const one = policySet(...policyFiles("a", texts.join("")));
        const reversed = policySet(...policyFiles("a", texts.toReversed().join("")));
        const middle = Math.min(Math.max(1, cut), texts.length);
        const split = policySet(
          ...policyFiles("z", texts.slice(0, middle).join("")),
          ...(middle < texts.length ? policyFiles("a", texts.slice(middle).join("")) : []),
        );
        for (const request of asked) {
          const decision = decide(request, one, at);
          expect(decision.effect).toBe(reference(list, request));
          expect(decide(request, split, at).effect).toBe(decision.effect);
          const { effect, rules, reason } = decide(request, reversed, at);
          expect({ effect, rules, reason }).toEqual({ effect: decision.effect, rules: decision.rules, reason: decision.reason });
        }
      }),
      { numRuns: 60 },
    );
  });
});
