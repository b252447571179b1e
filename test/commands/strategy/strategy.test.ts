import { beforeAll, expect, test } from "vitest";
import { cli } from "../../support/cli.ts";
import { shipped } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

const broken = `name: broken
about: Holds a slip of the pen.
markets: [sp500-daily]
timeframe: 1d
signals: { enterLong: "cros_over(close, open)" }
costs: { taker: 0.001 }
`;
const key = ["AKIA", "Z7QYH4MVN2XK5RTB"].join("");
const leaky = {
  "strategies/leaky/strategy.yaml":
    "name: leaky\nabout: Code that should not be.\nmarkets: [sp500-daily]\ntimeframe: 1d\ncode: { language: python, file: signals.py }\ncosts: { taker: 0.001 }\n",
  "strategies/leaky/signals.py": `import os\n\n\ndef signals(bars, parameters):\n    os.system("id")\n    return eval("${key}")\n`,
  "strategies/leaky/README.md": "# leaky\n",
};

let ws: TestWorkspace;
beforeAll(() => {
  ws = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("data"), ...shipped("strategies") });
});

test("the list: kind, markets, parameters, marks; what is broken says why", async () => {
  const listed = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("data"), ...shipped("strategies"), "strategies/broken/strategy.yaml": broken });
  const rows = (await cli(listed.dir, ["strategy", "--json"])).json() as {
    name: string;
    kind: string | null;
    knownBad: string | null;
    problem: string | null;
  }[];
  expect(rows.find(({ name }) => name === "sma-cross")).toEqual({
    name: "sma-cross",
    kind: "declared",
    markets: ["sp500-daily"],
    timeframe: "1d",
    parameters: ["fast", "slow"],
    knownBad: null,
    gate: null,
    about: "Long while the fast average is above the slow one.",
    problem: null,
  });
  expect(rows.find(({ name }) => name === "broken")).toMatchObject({ kind: null, problem: 'enterLong: unknown function "cros_over"' });
  expect(rows.filter(({ knownBad }) => knownBad !== null).length).toBe(6);
  const { stdout } = await cli(listed.dir, ["strategy"]);
  expect(stdout).toMatch(/^name +kind +markets +timeframe +parameters +gate +about\n/);
  expect(stdout).toContain('broken: enterLong: unknown function "cros_over"');
});

test("an empty workspace says how to begin", async () => {
  const empty = workspace({ "agentctl.yaml": "profile: small\n" });
  const { stdout, stderr } = await cli(empty.dir, ["strategy", "--json"]);
  expect(stdout).toBe("[]\n");
  expect(stderr).toContain("agentctl strategy new <name>");
});

test("show: rules with their defaults, the number of variants, files and digest", async () => {
  const report = (await cli(ws.dir, ["strategy", "show", "sma-cross", "--json"])).json() as {
    digest: string;
    files: { path: string; sha256: string }[];
    strategy: object;
  };
  expect(report).toMatchObject({
    name: "sma-cross",
    rules: { enterLong: "cross_over(sma(close, 10), sma(close, 30))", exitLong: "cross_under(sma(close, 10), sma(close, 30))" },
    // fast 2 … 60 below slow 10, 20, … 250: 8 + 18 + 28 + 38 + 48 + 58 + 19 × 59
    variants: 1319,
    gate: null,
    findings: [],
    strategy: { costs: { taker: 0.0005, maker: 0.0005, fixed: 0 } },
  });
  expect(report.files.map(({ path }) => path)).toEqual(["strategies/sma-cross/strategy.yaml"]);
  expect(report.digest).toMatch(/^[0-9a-f]{64}$/);

  const { stdout } = await cli(ws.dir, ["strategy", "show", "sma-cross"]);
  expect(stdout).toContain("  fast  10  integer  2 … 60          Bars of the fast average.\n");
  expect(stdout).toContain("variants     1319 in the grid\n");
  expect(stdout).toContain(`digest       sha256:${report.digest}\n`);
});

test("show: a name that is near", async () => {
  const { stderr } = await cli(ws.dir, ["strategy", "show", "sma-cros"], { expectExit: 2 });
  expect(stderr).toContain("did you mean sma-cross?");
});

test("check: all that come with agentctl pass", async () => {
  const checked = (await cli(ws.dir, ["strategy", "check", "--json"])).json() as { passed: boolean; report: { checks: { findings: { level: string }[] }[] } };
  expect(checked.passed).toBe(true);
  expect(checked.report.checks).toHaveLength(12);
});

test("check: broken files, code with its dangers, secrets; exit 6 and a place in every format", async () => {
  const bad = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("data"), "strategies/broken/strategy.yaml": broken, ...leaky });
  const text = await cli(bad.dir, ["strategy", "check"], { expectExit: 6 });
  expect(text.stdout).toContain('strategies/broken/strategy.yaml:5:23  error: enterLong: unknown function "cros_over" (did you mean "cross_over"?)');
  expect(text.stdout).toContain("strategies/leaky/signals.py:5:5  error: ");
  expect(text.stdout).toContain("2 of 2 checks failed");

  const { report } = (await cli(bad.dir, ["strategy", "check", "leaky", "--json"], { expectExit: 6 })).json() as {
    report: { checks: { findings: { rule: string; level: string; line: number }[] }[] };
  };
  const rules = report.checks[0]!.findings.filter(({ level }) => level === "error").map(({ rule, line }) => `${rule}:${line}`);
  expect(rules.some((rule) => rule.endsWith("S605:5"))).toBe(true);
  expect(rules.some((rule) => rule.endsWith("S307:6"))).toBe(true);
  expect(rules.some((rule) => /secret.*:6$/.test(rule))).toBe(true);

  const github = await cli(bad.dir, ["strategy", "check", "broken", "--format", "github"], { expectExit: 6, env: { GITHUB_STEP_SUMMARY: undefined } });
  expect(github.stdout).toMatch(/^::error file=strategies\/broken\/strategy\.yaml,line=5,col=23/);
  const sarif = (await cli(bad.dir, ["strategy", "check", "broken", "--format", "sarif"], { expectExit: 6 })).json() as {
    runs: { results: { ruleId: string }[] }[];
  };
  expect(sarif.runs[0]!.results.map(({ ruleId }) => ruleId)).toEqual(["strategy/expression"]);
});

test.each(["declared", "typescript", "python"])("new --kind %s writes what check has nothing to say about", async (kind) => {
  const fresh = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("data") });
  const created = (await cli(fresh.dir, ["strategy", "new", "my-idea", "--kind", kind, "--json"])).json() as { files: string[]; market: string };
  expect(created.market).toBe("sp500-daily");
  expect(created.files).toContain("strategies/my-idea/strategy.yaml");
  expect(created.files.includes("strategies/types.d.ts")).toBe(kind === "typescript");
  const { stdout } = await cli(fresh.dir, ["strategy", "check", "--strict"]);
  expect(stdout).toContain("1 check passed");
  const again = await cli(fresh.dir, ["strategy", "new", "my-idea"], { expectExit: 2 });
  expect(again.stderr).toContain("there is something at strategies/my-idea already");
});
