import { expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { recordsOf, shipped, skill, skillWorkspace } from "../support/skills.ts";

// No engine is asked: the budget refuses before that.
const tight = shipped("policies/budgets")["policies/budgets/policy.yaml"]!.replace("wallMs: 3600000", "wallMs: 20000");
const budgets = {
  "policies/budgets/policy.yaml": tight,
  "policies/budgets/cases.yaml": "- name: a long run is refused\n  reserve: { ask: { wallMs: 30000 } }\n  granted: false\n  limit: run\n",
};

test.each([
  ["run", 30_000],
  ["test", 120_000],
])("skill %s: a budget that cannot bear its time ends it with exit 5 before anything starts", async (what, asked) => {
  const { dir } = skillWorkspace({ ...skill("greeter", "", { files: { "tests/test_x.py": "def test_x():\n    pass\n" } }), ...budgets });
  const { stderr, stdout } = await cli(dir, ["skill", what, "greeter"], { expectExit: 5, env: { DOCKER_HOST: "unix:///nonexistent.sock" } });
  expect(stderr).toContain(`budget     budgets/run\nwhy        budgets/run: ${asked} wallMs asked, 20000 left of 20000`);
  expect(stdout).toBe("");
  expect(recordsOf(dir)[0]?.map((record) => record.kind)).toEqual(["run.started", "decision.made", "budget.reserved", "run.finished"]);
  expect(recordsOf(dir)[0]?.[3]?.data).toMatchObject({ outcome: "budget" });
});
