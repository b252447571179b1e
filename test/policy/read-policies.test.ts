import { describe, expect, test } from "vitest";
import { readPolicies } from "../../src/policy/read-policies.ts";
import { findingsOf, policyFiles, shippedPolicies } from "../support/policies.ts";

const allow = "- id: yes\n  match: { action: query.run }\n  effect: allow\n  reason: r\n";

function whole(text: string): { path: string; text: string }[] {
  return [{ path: "policies/a/policy.yaml", text }, ...policyFiles("a", allow).slice(1)];
}

describe("a policy that is right", () => {
  test("has no findings", () => {
    expect(findingsOf(policyFiles("a", allow))).toEqual([]);
    expect(findingsOf(shippedPolicies())).toEqual([]);
  });

  test("the digest covers every file of policies/ and no order", () => {
    const files = [...policyFiles("a", allow), { path: "policies/a/README.md", text: "page" }];
    const digest = readPolicies(files).set.digest;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(readPolicies(files.toReversed()).set.digest).toBe(digest);
    expect(readPolicies([...files, { path: "README.md", text: "elsewhere" }]).set.digest).toBe(digest);
    expect(readPolicies(files.map((file) => ({ ...file, text: `${file.text} ` }))).set.digest).not.toBe(digest);
    expect(readPolicies(files.slice(0, 2)).set.digest).not.toBe(digest);
    // Moving text from one file to the next is a change.
    expect(readPolicies([{ path: "policies/a", text: "bc" }]).set.digest).not.toBe(readPolicies([{ path: "policies/ab", text: "c" }]).set.digest);
  });
});

describe("what is wrong is named with place and mend", () => {
  test.each<[string, string, string]>([
    ["an unknown key", allow.replace("effect", "efect"), 'policy/schema policies/a/policy.yaml:6 unknown key "efect" in "rules.0" (did you mean "effect"?)'],
    [
      "an unknown part of match",
      allow.replace("{ action", "{ acton"),
      'policy/schema policies/a/policy.yaml:5 unknown key "acton" in "rules.0.match" (did you mean "action"?)',
    ],
    [
      "an unknown effect",
      allow.replace("allow", "alow"),
      'policy/schema policies/a/policy.yaml:6 "rules.0.effect" is "alow"; allowed: allow, approve, two-key, deny (did you mean "allow"?)',
    ],
    [
      "an unknown action",
      allow.replace("query.run", "query.rum"),
      'policy/pattern policies/a/policy.yaml:5 rule yes: match.action "query.rum" is no action (did you mean "query.run"?)',
    ],
    [
      "an unknown actor",
      allow.replace("action: query.run", "actor: agents"),
      'policy/pattern policies/a/policy.yaml:5 rule yes: match.actor "agents" is neither person nor agent (person, agent, or person:alice)',
    ],
    [
      "a pattern that is refused",
      allow.replace("action: query.run", "path: '!x'"),
      "policy/pattern policies/a/policy.yaml:5 rule yes: match.path \"!x\": a pattern cannot start with !; write the exception in `when`, e.g. !glob(path, 'docs/**')",
    ],
    [
      "a misspelt field",
      `${allow}  when: actor.lvel == 1\n`,
      'policy/when policies/a/policy.yaml:8 rule yes: actor has no field "lvel" (did you mean "level"?)',
    ],
    [
      "matches()",
      `${allow}  when: tool.matches("^(\\\\w+\\\\s?)*$")\n`,
      "policy/when policies/a/policy.yaml:8 rule yes: matches() is refused: some patterns take seconds (re(text, 'literal pattern') runs in linear time)",
    ],
    [
      "a placeholder for nothing",
      allow.replace("reason: r", 'reason: "{actor.nam}"'),
      "policy/placeholder policies/a/policy.yaml:7 rule yes: {actor.nam} stands for nothing (did you mean {actor.name}?)",
    ],
    [
      "a denial without example",
      allow.replace("allow", "deny"),
      "policy/example policies/a/policy.yaml:4 rule yes: a rule that denies needs an example (examples: { match: [a request that it must deny] })",
    ],
    [
      "an example that does not match",
      `${allow}  examples: { match: [{ action: net.connect, host: a.b }] }\n`,
      "policy/example policies/a/policy.yaml:8 rule yes: must match this example and does not: action differs",
    ],
    [
      "an example that should differ",
      `${allow}  examples: { differ: [{ action: query.run }] }\n`,
      "policy/example policies/a/policy.yaml:8 rule yes: must not match this example, and does",
    ],
    [
      "an example that is no request",
      `${allow}  examples: { match: [{ action: file.read, path: ../x }] }\n`,
      'policy/example policies/a/policy.yaml:8 rule yes: the example is refused before any rule: the path "../x" leads upwards (..) (a normalised path relative to the workspace)',
    ],
    [
      "an example on which the condition fails",
      `${allow}  when: port == 1\n  examples: { differ: [{ action: query.run }] }\n`,
      "policy/example policies/a/policy.yaml:9 rule yes: the condition fails on this example: the request has no port",
    ],
    ["an id twice", allow + allow, 'policy/duplicate-id policies/a/policy.yaml:1 the id "yes" stands twice in policies/a/policy.yaml'],
    [
      "an id in capitals",
      allow.replace("id: yes", "id: Yes"),
      'policy/schema policies/a/policy.yaml:4 "rules.0.id" is "Yes", which does not match ^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
    ],
  ])("%s", (_what, rules, expected) => {
    expect(findingsOf(policyFiles("a", rules))[0]).toBe(expected);
    expect(readPolicies(policyFiles("a", rules)).set.broken).toBeDefined();
  });

  test("another name than its folder", () => {
    expect(findingsOf(policyFiles("a", allow).map((file) => ({ ...file, text: file.text.replace("name: a\n", "name: b\n") })))).toEqual([
      'policy/name policies/a/policy.yaml:1 the policy in policies/a is named "b" (name: a)',
    ]);
    expect(findingsOf(policyFiles("base", allow))[0]).toMatch(/^policy\/name .* the name base is taken/);
  });

  test("no cases, empty cases, broken cases", () => {
    expect(findingsOf(policyFiles("a", allow, undefined).slice(0, 1))).toEqual([
      "policy/no-cases policies/a/policy.yaml:1 the policy a has no cases.yaml (a policy without cases does not load)",
    ]);
    expect(findingsOf(policyFiles("a", allow, "[]"))[0]).toMatch(/^policy\/schema policies\/a\/cases\.yaml:1 .*fewer than 1 items/);
    expect(findingsOf(policyFiles("a", allow, "- name: x\n  request: { action: query.run }\n"))[0]).toMatch(/cases\.yaml:1 .*must have property effect/);
    expect(findingsOf(policyFiles("a", allow, "- name: x\n"))[0]).toMatch(/cases\.yaml:1 .*lacks the key "request"/);
    expect(findingsOf(policyFiles("a", allow, "- name: x\n  name: y\n"))[0]).toMatch(/cases\.yaml:2 the key "name" stands twice/);
  });

  test("a folder without policy.yaml", () => {
    expect(findingsOf([{ path: "policies/a/README.md", text: "x" }])).toEqual(["policy/no-policy policies/a:- policies/a holds no policy.yaml"]);
  });

  test("neither rules nor budgets nor gates", () => {
    expect(findingsOf(whole("name: a\ndescription: d\n"))).toEqual([
      "policy/empty policies/a/policy.yaml:1 the policy has neither rules nor budgets nor gates",
    ]);
  });
});

describe("hostile documents", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`;
  test.each<[string, string, RegExp]>([
    ["duplicate keys", `name: a\nname: b\ndescription: d\n`, /base\/yaml policies\/a\/policy.yaml:2 the key "name" stands twice/],
    ["an alias bomb", bomb, /aliases expand to more than 64 nodes/],
    [
      ".nan as a limit",
      `name: a\ndescription: d\nbudgets:\n  - { id: x, scope: run, limits: { costUsd: .nan } }\n`,
      /policy.yaml:4 found \.nan; numbers must be finite/,
    ],
    [".inf as a limit", `name: a\ndescription: d\nbudgets:\n  - { id: x, scope: run, limits: { costUsd: .inf } }\n`, /found \.inf/],
    ["deep nesting", `name: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`, /nested deeper than 64 levels/],
    ["deep nesting by indentation", Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"), /nested deeper than 64 levels/],
    ["a tag that runs code", `name: !!js/function "() => 1"\ndescription: d\n`, /unresolved tag/],
    ["no mapping at all", `just words\n`, /the document must be object/],
    ["two documents", `name: a\n---\nname: b\n`, /multiple documents|separate/],
  ])("%s", (_what, text, expected) => {
    const { set, findings } = readPolicies(whole(text));
    expect(findings.map(({ rule, file, line, message }) => `${rule} ${file}:${line} ${message}`).join("\n")).toMatch(expected);
    expect(set.broken?.level).toBe("error");
  });

  test("100 MB are refused at once and cost no memory of their own", () => {
    const text = `name: a\ndescription: "${"x".repeat(100 * 1024 * 1024)}"\n`;
    const before = process.memoryUsage().rss;
    const started = process.hrtime.bigint();
    const [finding] = readPolicies(whole(text)).findings;
    expect(finding?.message).toMatch(/the file has \d+ characters; at most 1048576 are read/);
    // What remains is the digest of the text.
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(3_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });
});
