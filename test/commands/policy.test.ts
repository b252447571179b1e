import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { shippedPolicies } from "../support/policies.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

const shipped = Object.fromEntries(shippedPolicies().map(({ path, text }) => [path, text]));
let place: TestWorkspace;
let broken: TestWorkspace;

beforeAll(() => {
  place = workspace({ "agentctl.yaml": "", ...shipped });
  broken = workspace({ "agentctl.yaml": "", ...shipped });
  broken.write({ "policies/skills/cases.yaml": "- name: wrong, 100%\n  request: { action: query.run }\n  effect: deny\n" });
});

describe("policy check", () => {
  test("denied: exit 3, four lines on stdout, nothing on stderr", async () => {
    const { stdout, stderr } = await cli(place.dir, ["policy", "check", "--action", "tool.call", "--tool", "shell", "--agent", "quant", "--level", "2"], {
      expectExit: 3,
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(
      [
        "deny   autonomy/level-2-has-no-shell     policies/autonomy/policy.yaml:74",
        "why    agent quant is at level 2; shell needs level 3",
        "would  level 3 in agents/quant/agent.yaml",
        "",
      ].join("\n"),
    );
  });

  test("allowed: exit 0; approval and two keys: exit 8", async () => {
    expect((await cli(place.dir, ["policy", "check", "--action", "query.run"])).stdout).toMatch(
      /^allow {2}baseline\/people-may-read {5}policies\/baseline\/policy\.yaml:6\nwhy {4}people may read/,
    );
    await cli(place.dir, ["policy", "check", "--action", "credential.use"], { expectExit: 8 });
    expect((await cli(place.dir, ["policy", "check", "--action", "order.place"], { expectExit: 8 })).stdout).toMatch(
      /^two-key baseline\/orders-need-two-keys {5}/,
    );
  });

  test("JSON on stdin, and the decision as --json", async () => {
    const answer = await cli(place.dir, ["policy", "check", "--json"], { stdin: '{"action":"net.connect","host":"api.example.com"}', expectExit: 3 });
    expect(answer.json()).toMatchObject({
      effect: "deny",
      rules: [],
      request: { action: "net.connect", class: "R" },
      policy: { commit: place.git("rev-parse", "HEAD") },
    });
    await cli(place.dir, ["policy", "check", "-"], { stdin: '{"action":"query.run"}' });
  });

  test.each<[string, string[], string, RegExp]>([
    ["an unknown action", ["--action", "skil.run"], "", /unknown action "skil\.run"[^]*did you mean skill\.run\?/],
    ["no JSON", ["-"], "{", /the request is no JSON/],
    ["a malformed request", ["-"], "[]", /malformed request/],
    ["another word", ["query.run"], "", /unknown word "query\.run"/],
  ])("%s: exit 2", async (_what, argv, stdin, expected) => {
    const { stdout, stderr } = await cli(place.dir, ["policy", "check", ...argv], { stdin, expectExit: 2 });
    expect(stdout + stderr).toMatch(expected);
  });

  test("outside a workspace: what is missing, and the mend", async () => {
    const { stderr } = await cli("/", ["policy", "check", "--action", "query.run"], { expectExit: 2 });
    expect(stderr).toMatch(/error {2}\/ is not inside a git repository\nmend {3}agentctl init/);
  });
});

describe("policy test", () => {
  test("passes: exit 0", async () => {
    expect((await cli(place.dir, ["policy", "test"])).stdout).toMatch(/^\d+ checks passed\n$/);
  });

  test("fails: exit 6, with the place", async () => {
    const { stdout } = await cli(broken.dir, ["policy", "test"], { expectExit: 6 });
    expect(stdout).toContain("✗ skills: wrong, 100%\n    policies/skills/cases.yaml:1  error: expected deny, got allow by baseline/people-may-read");
    expect(stdout).toContain("! skills: every rule and budget has a case");
    await cli(broken.dir, ["policy", "test", "--ref", "main"]);
  });

  test("as annotations, with a summary of the job", async () => {
    const summary = join(broken.dir, ".git", "summary.md");
    const { stdout } = await cli(broken.dir, ["policy", "test", "--format", "github"], { expectExit: 6, env: { GITHUB_STEP_SUMMARY: summary } });
    expect(stdout.split("\n")[0]).toMatch(
      /^::error file=policies\/skills\/cases\.yaml,line=1,title=policy\/case::skills: wrong, 100%25: expected deny, got allow/,
    );
    expect(readFileSync(summary, "utf8")).toMatch(/^### ❌ agentctl policy test: 1 of \d+ checks failed/);
  });

  test("as SARIF and JSON", async () => {
    const sarif = JSON.parse((await cli(broken.dir, ["policy", "test", "--format", "sarif"], { expectExit: 6 })).stdout);
    expect(sarif.runs[0].results[0]).toMatchObject({
      ruleId: "policy/case",
      locations: [{ physicalLocation: { artifactLocation: { uri: "policies/skills/cases.yaml" }, region: { startLine: 1 } } }],
    });
    expect((await cli(broken.dir, ["policy", "test", "--json"], { expectExit: 6 })).json()).toMatchObject({
      tool: "agentctl policy test",
      checks: expect.any(Array),
    });
  });
});

describe("list, show, new, explain, diff", () => {
  test("bare noun lists", async () => {
    const { stdout } = await cli(place.dir, ["policy"]);
    expect(stdout.split("\n")[0]).toMatch(/^name +rules +budgets +cases +state +description$/);
    expect(stdout).toMatch(/\nskills +4 +0 +10 +committed /);
  });

  test("show prints rules with their places; an unknown one names the nearest", async () => {
    expect((await cli(place.dir, ["policy", "show", "skills"])).stdout).toContain(
      "deny     skills/untrusted-skills-are-quarantined     policies/skills/policy.yaml:30\n",
    );
    expect((await cli(place.dir, ["policy", "show", "skils"], { expectExit: 2 })).stderr).toContain("did you mean skills?");
  });

  test("new, then diff says what it would change", async () => {
    const other = workspace({ "agentctl.yaml": "", ...shipped });
    const made = await cli(other.dir, ["policy", "new", "open-data"]);
    expect(made.stdout).toBe("policies/open-data/policy.yaml\npolicies/open-data/cases.yaml\npolicies/open-data/README.md\n");
    const diff = await cli(other.dir, ["policy", "diff", "main", "--exit-code"], { expectExit: 6 });
    expect(diff.stdout).toContain(
      "replayed 0 decisions of the last 30 days: 0 would change\n1 case is decided otherwise\ndeny → approve  open-data: open data is reached with an approval  policies/open-data/cases.yaml:2",
    );
    await cli(other.dir, ["policy", "diff", "main"]);
    const checked = await cli(other.dir, ["policy", "check", "--action", "query.run"]);
    expect(checked.stderr).toMatch(/^warn {3}policies\/open-data differs from commit [0-9a-f]{7}; edits take effect when they are committed\n$/);
  });

  test("explain of a decision that was never made", async () => {
    expect((await cli(place.dir, ["policy", "explain", "d-none"], { expectExit: 2 })).stderr).toContain('no run has recorded a decision "d-none"');
  });
});
