import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

interface Checked {
  passed: boolean;
  report: { checks: { name: string; findings: { rule: string; level: string; file: string; line: number; column: number; message: string }[] }[] };
}

const house = { "agentctl.yaml": "profile: small\n", ...shipped("policies"), ...shipped("agents") };
const text = (ws: TestWorkspace, path: string): string => readFileSync(join(ws.dir, path), "utf8");

let ws: TestWorkspace;
beforeAll(() => {
  ws = workspace(house);
});

test("the list: level, tools, state; what is broken says why", async () => {
  const listed = workspace({ ...house, "agents/odd/agent.yaml": "name: odd\ndescription: d\nlevel: 2\ntools: [reed_file]\n", "agents/odd/prompt.md": "x\n" });
  listed.write({ "agents/quant/prompt.md": "Buy.\n" });
  const rows = (await cli(listed.dir, ["agent", "--json"])).json() as { name: string }[];
  expect(rows.map(({ name }) => name)).toEqual(["code", "critic", "file-ops", "odd", "quant", "research"]);
  expect(rows.find(({ name }) => name === "quant")).toEqual({
    name: "quant",
    version: "1.0.0",
    level: 2,
    model: null,
    tools: "list_files read_file data_view query run_skill python backtest memory_search write_file ask_person propose_change remember web_fetch".split(" "),
    state: "edited",
    runs: 0,
    successRate: null,
    description: expect.stringMatching(/^Examines market data/) as string,
    problem: null,
  });
  expect(rows.find(({ name }) => name === "odd")).toMatchObject({ level: null, problem: 'there is no tool "reed_file"' });
  const { stdout } = await cli(listed.dir, ["agent"]);
  expect(stdout).toMatch(/^name +level +model +tools +runs +ok +state +description\n/);
  expect(stdout).toContain('broken: there is no tool "reed_file"');
});

test("an empty workspace says how to begin", async () => {
  const { stdout, stderr } = await cli(workspace({ "agentctl.yaml": "profile: small\n" }).dir, ["agent", "--json"]);
  expect(stdout).toBe("[]\n");
  expect(stderr).toContain("agentctl agent new <name>");
});

describe("show", () => {
  test("what runs, and what policy says of each tool, with the rule", async () => {
    const { stdout, stderr } = await cli(ws.dir, ["agent", "show", "quant"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("level    2, low risk alone\n");
    expect(stdout).toContain("answer   names its sources\n");
    expect(stdout).toMatch(/ {2}backtest +B {2}allow +autonomy\/level-2-works\n/);
    expect(stdout).toMatch(/ {2}web_fetch +R {2}deny +no rule +net\.connect: no rule allows net\.connect/);
    expect(stdout).toContain("\nprompt\n  You examine markets and strategies.");
    const { permits, from, state } = (await cli(ws.dir, ["agent", "show", "research", "--json"])).json() as {
      permits: { tool: string; effect: string; rule: string | null }[];
      from: string;
      state: string;
    };
    expect([from, state]).toEqual(["commit", "committed"]);
    expect(permits.find(({ tool }) => tool === "web_fetch")).toMatchObject({ effect: "approve", rule: "autonomy/level-3-asks-for-the-network" });
  });

  test("the agent's own list asks where policy allows", async () => {
    const careful = workspace({
      ...house,
      "agents/quant/agent.yaml": house["agents/quant/agent.yaml" as keyof typeof house].replace("plan: true", "plan: true\napproval: [backtest]"),
    });
    const { stdout } = await cli(careful.dir, ["agent", "show", "quant"]);
    expect(stdout).toMatch(/ {2}backtest +B {2}approve +agent\.yaml +agent\.yaml has it ask a person each time\n/);
  });

  test("an edit on disk is said, and shown on request", async () => {
    const edited = workspace(house);
    edited.write({ "agents/critic/agent.yaml": text(edited, "agents/critic/agent.yaml").replace("level: 1", "level: 4") });
    const shown = await cli(edited.dir, ["agent", "show", "critic"]);
    expect(shown.stdout).toContain("level    1, suggests\n");
    expect(shown.stderr).toMatch(/warn {2}agents\/critic on disk differs from [0-9a-f]{7}, which is shown and which runs/);
    const draft = await cli(edited.dir, ["agent", "show", "critic", "--edited"]);
    expect(draft.stdout).toContain("level    4, continuous\n");
    expect(draft.stderr).toMatch(/this is agents\/critic on disk; [0-9a-f]{7} is what runs/);
  });

  test("one that is gone from the disk still runs, and a name that is near", async () => {
    const gone = workspace(house);
    gone.git("rm", "-rq", "agents/critic");
    expect((await cli(gone.dir, ["agent", "show", "critic"])).stderr).toContain("gone from the disk, and runs as long as it is in");
    expect((await cli(ws.dir, ["agent", "show", "quamt"], { expectExit: 2 })).stderr).toContain("did you mean quant?");
  });

  test("what a file says cannot act on the terminal", async () => {
    const hostile = workspace({
      ...house,
      "agents/odd/agent.yaml": 'name: odd\ndescription: "\\e[31mred"\nlevel: 1\ntools: [read_file]\n',
      "agents/odd/prompt.md": "a\u001b]0;title\u0007\n",
    });
    const { stdout } = await cli(hostile.dir, ["agent", "show", "odd"]);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("\u0007");
    expect((await cli(hostile.dir, ["agent"])).stdout).not.toContain("\u001b");
  });
});

describe("check", () => {
  test("all that come with agentctl pass, warnings counted too", async () => {
    const { stdout } = await cli(ws.dir, ["agent", "check", "--strict"]);
    expect(stdout).toBe("5 checks passed\n");
  });

  test("broken files, hidden text, secrets and tools that policy denies; exit 6 and a place in every format", async () => {
    const key = ["AKIA", "Z7QYH4MVN2XK5RTB"].join("");
    const bad = workspace({
      "agentctl.yaml": "profile: small\n",
      ...shipped("policies"),
      "agents/odd/agent.yaml": "name: odd\ndescription: d\nlevel: 2\ntools: [reed_file]\n",
      "agents/odd/prompt.md": "x\n",
      "agents/leaky/agent.yaml": "name: leaky\ndescription: d\nlevel: 2\ntools: [shell]\n",
      "agents/leaky/prompt.md": `Use ${key}.\nBe\u202e brief.\n`,
      "agents/bold/agent.yaml": "name: bold\ndescription: d\nlevel: 2\ntools:\n  - read_file\n  - shell\n",
      "agents/bold/prompt.md": "x\n",
    });
    const answered = await cli(bad.dir, ["agent", "check"], { expectExit: 6 });
    expect(answered.stdout).toContain('agents/odd/agent.yaml:4:9  error: there is no tool "reed_file" (did you mean "read_file"?)');
    expect(answered.stdout).toContain(
      "agents/bold/agent.yaml:6:5  warning: policy denies it shell: agent bold is at level 2; shell needs level 3 (level 3 in agents/bold/agent.yaml)",
    );
    expect(answered.stdout).toContain("2 of 3 checks failed");
    const { report } = (await cli(bad.dir, ["agent", "check", "leaky", "--json"], { expectExit: 6 })).json() as Checked;
    const rules = report.checks[0]!.findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
    expect(rules).toContain("agent/hidden-text agents/leaky/prompt.md:2");
    expect(rules.some((rule) => /^scan\/.*secret.* agents\/leaky\/prompt\.md:1$/.test(rule))).toBe(true);
    expect(answered.stdout).not.toContain(key);

    const github = await cli(bad.dir, ["agent", "check", "odd", "--format", "github"], { expectExit: 6, env: { GITHUB_STEP_SUMMARY: undefined } });
    expect(github.stdout).toMatch(/^::error file=agents\/odd\/agent\.yaml,line=4,col=9/);
    const sarif = (await cli(bad.dir, ["agent", "check", "odd", "--format", "sarif"], { expectExit: 6 })).json() as {
      runs: { results: { ruleId: string }[] }[];
    };
    expect(sarif.runs[0]!.results.map(({ ruleId }) => ruleId)).toEqual(["agent/unknown-tool"]);
    const junit = await cli(bad.dir, ["agent", "check", "odd", "--format", "junit"], { expectExit: 6 });
    expect(junit.stdout).toContain("<failure");
    expect(((await cli(bad.dir, ["agent", "check", "bold", "--json"])).json() as Checked).passed).toBe(true);
    await cli(bad.dir, ["agent", "check", "bold", "--strict"], { expectExit: 6 });
    expect((await cli(bad.dir, ["agent", "check", "bolt"], { expectExit: 2 })).stderr).toContain("did you mean bold?");
  });
});

describe("new", () => {
  test.each([
    ["one that reads and answers", [], 1],
    ["one like another of the workspace", ["--from", "quant"], 2],
    ["one with a schema of its own", ["--from", "critic", "--description", 'Judges: "everything", # again'], 1],
  ])("%s, which check has nothing to say about and which runs when it is committed", async (_what, flags, level) => {
    const fresh = workspace(house);
    const created = (await cli(fresh.dir, ["agent", "new", "my-agent", ...flags, "--json"])).json() as { level: number; files: string[] };
    expect(created.level).toBe(level);
    expect(created.files).toContain("agents/my-agent/prompt.md");
    expect((await cli(fresh.dir, ["agent", "check", "my-agent", "--strict"])).stdout).toBe("1 check passed\n");
    const draft = await cli(fresh.dir, ["agent", "show", "my-agent"]);
    expect(draft.stderr).toContain("it does not run before it is committed");
    if (flags.includes("--description")) expect(draft.stdout).toContain('Judges: "everything", # again\n');
    fresh.commit();
    expect((await cli(fresh.dir, ["agent", "show", "my-agent"])).stderr).toBe("");
    expect((await cli(fresh.dir, ["agent", "new", "my-agent"], { expectExit: 2 })).stderr).toContain("there is something at agents/my-agent already");
  });

  test("like one that comes with agentctl, where the workspace has none; comments stay", async () => {
    const bare = workspace({ "agentctl.yaml": "profile: small\n" });
    await cli(bare.dir, ["agent", "new", "fx-quant", "--from", "quant"]);
    const original = house["agents/quant/agent.yaml" as keyof typeof house];
    expect(text(bare, "agents/fx-quant/agent.yaml")).toBe(original.replace("name: quant", "name: fx-quant"));
  });

  test("a name that is none, one to copy that is not there, a description that says nothing", async () => {
    const fresh = workspace(house);
    for (const name of ["My Agent", "../x", "a--b", "-"]) {
      const { stderr } = await cli(fresh.dir, ["agent", "new", "--", name], { expectExit: 2 });
      expect(stderr).toContain("cannot name an agent");
    }
    expect((await cli(fresh.dir, ["agent", "new", "x", "--from", "quamt"], { expectExit: 2 })).stderr).toContain("did you mean quant?");
    await cli(fresh.dir, ["agent", "new", "x", "--description", " "], { expectExit: 2 });
    expect(existsSync(join(fresh.dir, "agents/x"))).toBe(false);
  });
});
