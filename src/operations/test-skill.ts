import type { SkillRunner } from "../skill/skill.ts";
import type { DecidedRun } from "./decided-action.ts";
import { decidedRun, findSkill } from "./decided-run.ts";
import { runSkillTests, testable, testLimits, type TestsRan } from "./skill-tests.ts";

export interface SkillTested extends Omit<DecidedRun<TestsRan>, "value"> {
  skill: string;
  runner: SkillRunner;
  digest: string;
  passed: boolean;
  /** Undefined when policy or a budget did not let them start. */
  tests?: TestsRan | undefined;
}

/**
 * Runs a skill's tests in its runner's container: no network, nothing kept but what they print. Policy decides it as a run of the skill of class R,
 * whatever the skill's own class: tests reach nothing. Budgets bear their time. Errors (exit usage): `skill/unknown`, `skill/broken`,
 * `skill/no-runner`, `skill/no-tests`; and those of engine and image.
 */
export async function testSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<SkillTested> {
  const skillFound = await findSkill(asked);
  const { authority, found } = skillFound;
  const runner = testable(found);
  const limits = testLimits(found, authority.config.values.limits);
  const { value: tests, ...ended } = await decidedRun(
    skillFound,
    { command: `skill test ${asked.name}`, class: "R", runner, limits, args: { tests: true }, files: 0, env: asked.env },
    async (open, decision) => {
      const value = await runSkillTests(open, { found, runner, limits, authority, env: asked.env, decision: decision.id });
      return { outcome: value.outcome === "ok" ? "ok" : "failed", value };
    },
  );
  return { ...ended, skill: found.name, runner, digest: found.digest, passed: tests?.outcome === "ok", tests };
}
