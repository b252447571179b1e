import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { recordsOf, skill, skillWorkspace } from "../../support/skills.ts";
import { workspace } from "../../support/workspace.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describeReal("a skill's tests and checks", () => {
  it.each(["python", "node", "shell"])("pass for a new %s skill, on record", async (runner) => {
    const { dir } = skillWorkspace({});
    const made = await cli(dir, ["skill", "new", "word-count", "--runner", runner, "--description", "Counts words: use it when asked."]);
    expect(made.stderr).toBe("next  agentctl skill test word-count && agentctl skill check word-count\n");
    expect((await cli(dir, ["skill", "check", "word-count", "--strict"])).stdout).toBe("1 check passed\n");
    const tested = await cli(dir, ["skill", "test", "word-count", "--json"]);
    expect(tested.json()).toMatchObject({ skill: "word-count", runner, passed: true, decision: { effect: "allow" }, tests: { outcome: "ok", exitCode: 0 } });

    const [records] = recordsOf(dir);
    expect(records?.map((record) => record.kind)).toEqual([
      "run.started",
      "decision.made",
      "budget.reserved",
      "skill.started",
      "skill.finished",
      "budget.settled",
      "run.finished",
    ]);
    const shown = await cli(dir, ["skill", "show", "word-count"]);
    expect(shown.stdout).toMatch(/^uses +none on record$/m);
    expect(shown.stdout).toMatch(/^last test +ok \d{4}-\d\d-\d\dT[\d:]+Z$/m);
  });

  it("fail with exit 6, and what they print cannot act on the terminal", async () => {
    const python = skill("bad", "", { files: { "tests/test_bad.py": 'def test_bad():\n    print("\\x1b[2J gone")\n    assert 1 == 2\n' } });
    const shell = skill("worse", "", { language: "shell", files: { "tests/run.sh": "printf 'not ok\\033]0;x\\007\\n'\nexit 3\n" } });
    const { dir } = skillWorkspace({ ...python, ...shell });
    const bad = await cli(dir, ["skill", "test", "bad"], { expectExit: 6 });
    expect(bad.stdout).toContain("assert 1 == 2");
    expect(bad.stdout).not.toContain("\u001b");
    expect(bad.stderr).toMatch(/^failed {2}bad {2}\d+ ms$/m);
    const worse = await cli(dir, ["skill", "test", "worse"], { expectExit: 6 });
    expect(worse.stdout).toBe("not ok«U+001B»]0;x«U+0007»\n");
  });

  it("have no network", async () => {
    const lines = [
      "import socket",
      "import pytest",
      "def test_network():",
      "    with pytest.raises(OSError):",
      '        socket.create_connection(("1.1.1.1", 53), 2)',
      "",
    ];
    const { dir } = skillWorkspace(skill("cut-off", "", { files: { "tests/test_network.py": lines.join("\n") } }));
    expect((await cli(dir, ["skill", "test", "cut-off", "--json"])).json()).toMatchObject({ passed: true });
  });

  it("do not start for a skill that nobody trusts", async () => {
    const from = workspace({ ...skill("theirs", "", { files: { "tests/test_x.py": "def test_x():\n    pass\n" } }) });
    const { dir } = skillWorkspace({});
    await cli(dir, ["skill", "add", `${from.dir}/skills/theirs`]);
    const { stdout, stderr } = await cli(dir, ["skill", "test", "theirs"], { expectExit: 3 });
    expect(stdout).toBe("");
    expect(stderr).toContain("skills/untrusted-skills-are-quarantined");
  });

  it("are refused where there are none", async () => {
    const { dir } = skillWorkspace({ ...skill("bare", "print()"), "skills/words/SKILL.md": "---\nname: words\ndescription: d\n---\nText.\n" });
    expect((await cli(dir, ["skill", "test", "bare"], { expectExit: 2 })).stderr).toContain("the skill bare has no tests");
    expect((await cli(dir, ["skill", "test", "words"], { expectExit: 2 })).stderr).toContain("the skill words has instructions only");
  });

  it("find what shellcheck finds, whatever directives the script holds", async () => {
    const script = "# shellcheck disable=all\necho $1\n# shellcheck disable=SC2034\nunused=1\nif [ $x = ]; then\n";
    const { dir } = workspace(skill("shelly", script, { language: "shell" }));
    const { json } = await cli(dir, ["skill", "check", "shelly", "--json"], { expectExit: 6 });
    const { report } = json() as { report: { checks: { findings: { rule: string; level: string; file: string; line: number }[] }[] } };
    const found = report.checks[0]?.findings.filter((finding) => finding.rule.startsWith("scan/shellcheck"));
    expect(found?.some(({ level, line }) => level === "error" && line === 5)).toBe(true);
    expect(found?.every(({ file }) => file === "skills/shelly/scripts/main.sh")).toBe(true);
  });

  it("pass strictly for every skill that comes with agentctl", async () => {
    const { stdout } = await cli(root, ["skill", "check", "--strict"], { expectExit: null });
    expect(stdout).toMatch(/^\d+ checks passed\n$/m);
  });
});
