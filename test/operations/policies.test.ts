import { mkdirSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src/base/report.ts";
import { checkAction } from "../../src/operations/check-action.ts";
import { diffPolicies } from "../../src/operations/diff-policies.ts";
import { explainDecision } from "../../src/operations/explain-decision.ts";
import { listPolicies } from "../../src/operations/list-policies.ts";
import { newPolicy } from "../../src/operations/new-policy.ts";
import { showPolicy } from "../../src/operations/show-policy.ts";
import { testPolicies } from "../../src/operations/test-policies.ts";
import { decide } from "../../src/policy/decide.ts";
import { readPolicies } from "../../src/policy/read-policies.ts";
import type { ActionRequest } from "../../src/policy/request.ts";
import { person, shippedPolicies } from "../support/policies.ts";
import { recordState, started } from "../support/record.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

const shipped = Object.fromEntries(shippedPolicies().map(({ path, text }) => [path, text]));
const fresh = (): TestWorkspace => workspace({ "agentctl.yaml": "profile: small\n", ...shipped });
const asked = (place: TestWorkspace) => ({ cwd: place.dir, env: {} });
const edit = (place: TestWorkspace, path: string, from: string, to: string): void => place.write({ [path]: (shipped[path] ?? "").replace(from, to) });
const failures = (report: Report): string[] =>
  report.checks.flatMap((check) => check.findings.map((finding) => `${check.name} | ${finding.level} ${finding.message}`));

describe("list and show", () => {
  test("says what is committed, edited, new and removed", async () => {
    const place = fresh();
    newPolicy({ ...asked(place), name: "open-data" });
    edit(place, "policies/skills/README.md", "# skills", "# Skills");
    rmSync(join(place.dir, "policies/budgets"), { recursive: true });
    const list = await listPolicies(asked(place));
    expect(list.policies.map(({ name, state, rules, budgets }) => [name, state, rules, budgets])).toEqual([
      ["autonomy", "committed", 14, 0],
      ["baseline", "committed", 11, 0],
      ["budgets", "removed", 0, 4],
      ["open-data", "new", 1, 0],
      ["proposals", "committed", 4, 0],
      ["skills", "edited", 4, 0],
      ["strategies", "committed", 5, 0],
    ]);
    expect(list.commit).toBe(place.git("rev-parse", "HEAD"));
  });

  test("shows a rule with its match and place; names the nearest policy", async () => {
    const place = fresh();
    const policy = await showPolicy({ ...asked(place), name: "skills" });
    expect(policy).toMatchObject({ state: "committed", cases: { length: 10 } });
    expect(policy.rules[0]).toMatchObject({
      id: "skills/own-skills-may-run",
      match: { action: ["skill.run"], class: ["R", "W", "B"] },
      when: 'skill.trust == "own"',
      line: 6,
    });
    await expect(showPolicy({ ...asked(place), name: "skils" })).rejects.toMatchObject({
      code: "policy/unknown",
      hint: expect.stringContaining("did you mean skills?"),
    });
  });

  test("a repository without commits: everything is new, and everything is denied", async () => {
    const place = workspace({ "agentctl.yaml": "", ...shipped }, { commit: false });
    expect((await listPolicies(asked(place))).policies.map(({ state }) => state)).toEqual(["new", "new", "new", "new", "new", "new"]);
    const { decision, warnings } = await checkAction({ ...asked(place), flags: { action: "query.run" } });
    expect(decision).toMatchObject({ effect: "deny", rules: ["base/no-policies"] });
    expect(warnings).toEqual(["the repository has no commits; policies take effect when they are committed"]);
  });
});

describe("new", () => {
  test("what it writes passes the test, and decides once it is committed", async () => {
    const place = fresh();
    const made = newPolicy({ ...asked(place), name: "open-data" });
    expect(made.files).toEqual(["policies/open-data/policy.yaml", "policies/open-data/cases.yaml", "policies/open-data/README.md"]);
    expect(failures(await testPolicies(asked(place)))).toEqual([]);
    const connect = { ...asked(place), flags: { action: "net.connect", host: "data.example.org", port: 443 } };
    expect((await checkAction(connect)).decision.effect).toBe("deny");
    place.commit();
    expect((await checkAction(connect)).decision).toMatchObject({ effect: "approve", rules: ["open-data/open-data-asks-first"] });
  });

  test("in an empty workspace too; never over what is there", async () => {
    const place = workspace({ "agentctl.yaml": "" });
    newPolicy({ ...asked(place), name: "first" });
    expect(failures(await testPolicies(asked(place)))).toEqual([]);
    expect(() => newPolicy({ ...asked(place), name: "first" })).toThrow("policies/first is there already");
    for (const name of ["base", "../x", "A", "", "a--b"]) expect(() => newPolicy({ ...asked(place), name })).toThrow(/cannot name a policy/);
  });
});

describe("check", () => {
  test("an edit that is not committed warns and changes nothing", async () => {
    const place = fresh();
    edit(place, "policies/skills/policy.yaml", "effect: deny", "effect: allow");
    rmSync(join(place.dir, "policies/autonomy"), { recursive: true });
    const { decision, warnings } = await checkAction({ ...asked(place), flags: { action: "tool.call", tool: "shell", agent: "quant", level: 2 } });
    const head = place.git("rev-parse", "HEAD");
    expect(decision).toMatchObject({ effect: "deny", rules: ["autonomy/level-2-has-no-shell"], policy: { commit: head } });
    expect(warnings).toEqual([
      `policies/autonomy differs from commit ${head.slice(0, 7)}; edits take effect when they are committed`,
      `policies/skills differs from commit ${head.slice(0, 7)}; edits take effect when they are committed`,
    ]);
  });

  test("the level comes from the commit, else it is 1", async () => {
    const place = fresh();
    const shell = { ...asked(place), flags: { action: "tool.call", tool: "shell", agent: "quant" } };
    expect(await checkAction(shell)).toMatchObject({
      decision: { request: { actor: { level: 1 } } },
      warnings: [expect.stringContaining("taken to be at level 1")],
    });
    place.write({ "agents/quant/agent.yaml": "level: 3\n" });
    expect((await checkAction(shell)).decision.request.actor.level).toBe(1);
    place.commit();
    expect(await checkAction(shell)).toMatchObject({ decision: { effect: "allow", request: { actor: { level: 3 } } }, warnings: [] });
    place.write({ "agents/quant/agent.yaml": "level: 9\n" });
    place.commit();
    expect((await checkAction(shell)).decision.request.actor.level).toBe(1);
  });

  test("JSON: short, whole, and not at all a request", async () => {
    const place = fresh();
    const check = async (json: string) => (await checkAction({ ...asked(place), json })).decision;
    expect(await check('{"action":"file.read","path":".env"}')).toMatchObject({ effect: "deny", rules: ["baseline/secrets-are-not-read"] });
    expect(await check('{"action":"skill.run","skill":{"name":"pdf","trust":"untrusted"}}')).toMatchObject({
      would: "agentctl skill trust pdf --reason …, then commit",
    });
    expect(await check('{"action":"query.run","class":"R","actor":{"kind":"person","name":"ada"}}')).toMatchObject({ effect: "allow" });
    expect(await check('{"action":"query.run","__proto__":{"class":"R"}}')).toMatchObject({ effect: "deny", rules: ["base/bad-request"] });
    expect(await check("[]")).toMatchObject({ effect: "deny", rules: ["base/bad-request"] });
    await expect(check("{")).rejects.toMatchObject({ code: "policy/bad-request", exit: "usage" });
  });

  test("facts of a skill are looked up", async () => {
    const skill =
      "---\nname: one\ndescription: does one thing when asked\nmetadata:\n  runner: shell\n  run: scripts/main.sh\n  class: R\n  version: 1.0.0\n---\n# one\n\nRun it.\n";
    const place = fresh();
    place.write({ "skills/one/SKILL.md": skill, "skills/one/scripts/main.sh": "echo 1\n" });
    const run = { ...asked(place), flags: { action: "skill.run", skill: "one" } };
    expect((await checkAction(run)).decision).toMatchObject({ effect: "allow", request: { class: "R", skill: { trust: "own", committed: false } } });
    place.commit();
    expect((await checkAction(run)).decision.request.skill).toMatchObject({ committed: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await expect(checkAction({ ...asked(place), flags: { action: "skill.run", skill: "on" } })).rejects.toMatchObject({ code: "skill/unknown" });
  });

  test("broken policies in the commit deny everything", async () => {
    const place = fresh();
    edit(place, "policies/baseline/policy.yaml", "effect: allow", "effect: alow");
    place.commit();
    const { decision } = await checkAction({ ...asked(place), flags: { action: "query.run" } });
    expect(decision).toMatchObject({ effect: "deny", rules: ["base/broken-policies"] });
    expect(decision.reason).toContain("policies/baseline/policy.yaml:");
  });
});

describe("test", () => {
  test("tries the edit, or a revision", async () => {
    const place = fresh();
    edit(place, "policies/skills/policy.yaml", 'skill.trust == "untrusted"', 'skill.trust == "untrustd"');
    const report = await testPolicies(asked(place));
    expect(failures(report)).toEqual(["skills: reads | error rule untrusted-skills-are-quarantined: must match this example and does not: when differs"]);
    expect(failures(await testPolicies({ ...asked(place), ref: "HEAD" }))).toEqual([]);
    await expect(testPolicies({ ...asked(place), ref: "nowhere" })).rejects.toMatchObject({ code: "policy/unknown-ref", exit: "usage" });
    await expect(testPolicies({ ...asked(place), ref: "--output=x" })).rejects.toMatchObject({ exit: "usage" });
  });

  test("a rule that is too generous fails a case", async () => {
    const place = fresh();
    edit(
      place,
      "policies/autonomy/policy.yaml",
      "when: actor.level >= 2\n    effect: allow\n    reason: low risk",
      "when: actor.level >= 1\n    effect: allow\n    reason: low risk",
    );
    expect(failures(await testPolicies(asked(place)))[0]).toMatch(/must not match this example, and does/);
  });

  test("no policies, a linked policy, a policy of 100 MB", async () => {
    const place = workspace({ "agentctl.yaml": "" });
    expect(failures(await testPolicies(asked(place)))).toEqual(["policies | error there are no policies, so everything is denied"]);
    place.write({ "elsewhere.yaml": shipped["policies/skills/policy.yaml"] ?? "", "policies/skills/cases.yaml": shipped["policies/skills/cases.yaml"] ?? "" });
    symlinkSync("../../elsewhere.yaml", join(place.dir, "policies/skills/policy.yaml"));
    expect(failures(await testPolicies(asked(place)))).toEqual(["skills: reads | error policies/skills holds no policy.yaml"]);
    rmSync(join(place.dir, "policies/skills/policy.yaml"));
    mkdirSync(join(place.dir, "policies/big"));
    place.write({ "policies/skills/policy.yaml": "name: skills\n" });
    truncateSync(join(place.dir, "policies/skills/policy.yaml"), 100 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    expect(failures(await testPolicies(asked(place)))[0]).toMatch(/^skills: reads \| error the file has 4194305 characters; at most 1048576 are read/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });
});

const connect = (host: string): ActionRequest => ({ action: "net.connect", class: "R", actor: person, host, port: 443 });
const open = (effect: string): Record<string, string> => ({
  "policies/net/policy.yaml": `name: net\ndescription: d\nrules:\n  - { id: open, match: { action: net.connect, host: "*.example.com" }, effect: ${effect}, reason: "{host} is open" }\n`,
  "policies/net/cases.yaml": `- { name: the api, request: { action: net.connect, host: api.example.com }, effect: ${effect}, rule: open }\n`,
});

describe("recorded decisions", () => {
  let place: TestWorkspace;
  let commit: string;
  beforeAll(async () => {
    place = workspace({ "agentctl.yaml": "", ...open("allow") });
    commit = place.git("rev-parse", "HEAD");
    const { set } = readPolicies(Object.entries(open("allow")).map(([path, text]) => ({ path, text })));
    const clock = { nowMs: () => Date.now(), monotonicMs: () => 0 };
    const state = recordState({ stateDir: join(place.dir, ".git", "agentctl"), clock });
    for (const [run, hosts] of Object.entries({ "r-44": ["api.example.com", "other.org"], "r-61": ["api.example.com", "api.example.com"] })) {
      const journal = state.begin(run);
      await journal.append("run.started", started);
      for (const [index, host] of hosts.entries())
        await journal.append("decision.made", decide(connect(host), set, { id: `d-${run}-${index}`, commit }) as never);
      await journal.append("run.finished", { outcome: "ok", durationMs: 1 });
      journal.close();
    }
    state.ledger.close();
  });

  test("explain: the request, every rule, whether it can be reproduced, and what today would say", async () => {
    place.write(open("allow"));
    const explained = await explainDecision({ ...asked(place), id: "d-r-44-1" });
    expect(explained).toMatchObject({
      run: "r-44",
      decision: { effect: "deny", request: { host: "other.org" } },
      reproduced: true,
      today: { effect: "deny", commit },
    });
    expect(explained.considered).toEqual([
      { rule: "net/open", effect: "allow", file: "policies/net/policy.yaml", line: 4, outcome: "differs", why: "host is other.org, it wants *.example.com" },
    ]);
    await expect(explainDecision({ ...asked(place), id: "d-r-44-7" })).rejects.toMatchObject({
      code: "policy/unknown-decision",
      hint: expect.stringContaining("did you mean d-r-44-"),
    });
    await expect(explainDecision({ ...asked(place), id: "x' OR 1=1 --" })).rejects.toMatchObject({ code: "policy/unknown-decision" });
  });

  test("diff: nothing without an edit; the cases and the decisions that an edit would change", async () => {
    place.write(open("allow"));
    expect(await diffPolicies({ ...asked(place), ref: "main", days: 30 })).toMatchObject({ cases: [], decisions: [], replayed: 4, findings: [] });
    place.write(open("two-key"));
    const diff = await diffPolicies({ ...asked(place), ref: "main", days: 30 });
    expect(diff.decisions.map(({ from, to, action, about, count, runs }) => [from, to, action, about, count, runs])).toEqual([
      ["allow", "two-key", "net.connect", "api.example.com", 3, ["r-44", "r-61"]],
    ]);
    expect(diff.cases).toMatchObject([{ case: "net: the api", from: "allow", to: "two-key" }]);
  });

  test("diff: a broken edit denies everything, and says so", async () => {
    place.write({ ...open("allow"), "policies/net/policy.yaml": "name: [" });
    const diff = await diffPolicies({ ...asked(place), ref: "main", days: 30 });
    expect(diff.findings[0]?.file).toBe("policies/net/policy.yaml");
    expect(diff.decisions).toMatchObject([{ from: "allow", to: "deny", count: 3 }]);
  });
});
