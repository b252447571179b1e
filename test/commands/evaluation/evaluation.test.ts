import { expect, test } from "vitest";
import { agentWorkspace } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { recordsOf, shipped } from "../../support/skills.ts";
import { workspace } from "../../support/workspace.ts";

const reading = `name: reading
about: It reads.
target: { agent: tester }
cases:
  - { name: a file, objective: Read a.md and say 4711., script: s.yaml, returns: { read_file: x }, expect: { calls: [read_file], answer: "^done" } }
`;
const script = "steps:\n  - call: [{ tool: read_file, args: { path: a.md } }]\n  - say: done\n";
const space = (tools: string[] = ["read_file"]): { dir: string } =>
  agentWorkspace([{ tools }], "  - say: x\n", { "evaluations/reading/evaluation.yaml": reading, "evaluations/reading/s.yaml": script });

test("lists, checks and asks; the record has the name and the digest of it and no word more", async () => {
  const { dir } = space();
  expect((await cli(dir, ["evaluation"])).stdout).toMatch(/reading +agent tester +1 +It reads\./);
  await cli(dir, ["evaluation", "check"]);
  const { stdout, stderr } = await cli(dir, ["evaluation", "run", "reading"]);
  expect(stdout).toBe("passed  a file\n");
  expect(stderr).toContain("1 of 1 cases of the agent tester");
  const records = recordsOf(dir).flat();
  expect(records.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["run.started", "decision.made", "run.finished"]));
  expect(JSON.stringify(records)).not.toMatch(/4711|a file/);
});

test("a case that fails is exit 6, here and in the report formats; --at asks a commit", async () => {
  const made = agentWorkspace([{ tools: ["list_files"] }], "  - say: x\n", {
    "evaluations/reading/evaluation.yaml": reading,
    "evaluations/reading/s.yaml": script,
  });
  const failed = await cli(made.dir, ["evaluation", "run", "reading", "--at", "HEAD", "--json"], { expectExit: 6 });
  expect(failed.json()).toMatchObject({
    passed: false,
    at: expect.stringMatching(/^[0-9a-f]{40}$/),
    cases: [{ name: "a file", why: "it could not call read_file" }],
  });
  const sarif = (await cli(made.dir, ["evaluation", "run", "reading", "--format", "sarif"], { expectExit: 6 })).json();
  expect(JSON.stringify(sarif)).toContain("evaluation/case");
});

test("what is broken is exit 6 with its place; what there is not is named with the nearest; a name made of options is none", async () => {
  const { dir } = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("policies"), "evaluations/a/evaluation.yaml": "name: b\n" });
  expect((await cli(dir, ["evaluation", "check"], { expectExit: 6 })).stdout).toContain("evaluations/a/evaluation.yaml");
  expect((await cli(dir, ["evaluation"])).stdout).toContain("broken: ");
  expect((await cli(dir, ["evaluation", "run", "a"], { expectExit: 2 })).stderr).toContain("agentctl evaluation check a");
  expect((await cli(dir, ["evaluation", "run", "aa"], { expectExit: 2 })).stderr).toContain("did you mean a?");
  expect((await cli(space().dir, ["evaluation", "run", "reading", "--at", "--output=x"], { expectExit: 2 })).stderr).toMatch(/^error/);
});

test("the shipped ones can be used", async () => {
  const { dir } = workspace({ "agentctl.yaml": "profile: small\n", ...shipped("evaluations") });
  expect((await cli(dir, ["evaluation", "check", "--strict", "--json"])).json()).toMatchObject({ passed: true });
});
