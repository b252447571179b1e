import type { Finding } from "../../base/finding.ts";
import { readPolicies } from "../../policy/read-policies.ts";
import { runCases } from "../../policy/run-cases.ts";
import { countTests, ranTests, type TestCount } from "../../proposal/test-count.ts";
import type { SkillInput } from "../../skill/skill.ts";
import { newId } from "../../base/ids.ts";
import { loadAuthority } from "../load-authority.ts";
import { runSkillTests, testable, testLimits, type TestsRan } from "../skill-tests.ts";
import type { ShelvedSkill } from "../skill-shelf.ts";
import { usable } from "../usable-skill.ts";
import { answer, counted, notNeeded } from "./answer.ts";
import { changedSkills, type ChangedSkill } from "./changed-skills.ts";
import type { Gate, GateContext } from "./gate.ts";

interface Tried {
  findings: Finding[];
  passed: number;
  all: number;
  evidence: { [name: string]: unknown };
}

/**
 * The tests of every changed skill, in its runner's container, and the cases of changed policies. A skill that changes needs tests, and as many as it had: tests that
 * went, or that are switched off, prove nothing any more.
 */
export const tests: Gate = {
  name: "tests",
  async judge(context) {
    const tried: Tried[] = [];
    for (const skill of await changedSkills(context)) if (skill.after !== undefined) tried.push(await trySkill(skill, skill.after, context));
    if (context.kinds.includes("policy")) tried.push(await tryCases(context));
    const code = untested(context);
    if (tried.length === 0) return code.length === 0 ? notNeeded("nothing that has tests") : answer("nothing that has tests", code);
    const sum = (figure: "passed" | "all"): number => tried.reduce((total, each) => total + each[figure], 0);
    const evidence = Object.assign({}, ...tried.map((each) => each.evidence)) as Tried["evidence"];
    return answer(`${sum("passed")} of ${counted(sum("all"), "test")}`, [...tried.flatMap(({ findings }) => findings), ...code], evidence);
  },
};

async function trySkill({ name, before }: ChangedSkill, after: ShelvedSkill, context: GateContext): Promise<Tried> {
  const file = `${after.folder}/SKILL.md`;
  const [was, is] = [testsOf(before), testsOf(after)];
  const findings = takenAway(was, is, file);
  const evidence = (more: object): Tried["evidence"] => ({ [name]: { before: was.cases, after: is.cases, ...more } });
  if (after.skill === undefined) return { findings, passed: 0, all: 0, evidence: evidence({ ran: "it cannot be read" }) };
  if (after.skill.runner === undefined) {
    if (before?.skill?.runner !== undefined) findings.push(error("gate/tests-taken-away", "had code with tests, and has none any more", file));
    return { findings, passed: 0, all: 0, evidence: evidence({ ran: "instructions only" }) };
  }
  if (is.files === 0) {
    findings.push({ ...error("gate/no-tests", "has code and no tests", file), hint: "agentctl skill new shows how" });
    return { findings, passed: 0, all: 0, evidence: evidence({ ran: "no tests" }) };
  }
  const ran = await run(after, context);
  const counts = ranTests(after.skill.runner, ran.output) ?? { passed: ran.outcome === "ok" ? 1 : 0, all: 1, failed: [] };
  if (ran.outcome !== "ok")
    findings.push(
      error(
        "gate/tests-failed",
        `its tests ended with ${ran.outcome}${ran.exitCode === null ? "" : `, exit ${ran.exitCode}`}: ${counts.passed} of ${counts.all} passed`,
        file,
      ),
    );
  for (const each of counts.failed.slice(0, 20)) findings.push(error("gate/test-failed", each, file));
  if (ran.outcome === "ok" && counts.passed === 0) findings.push(error("gate/no-tests", "its tests ran nothing", file));
  return { findings, passed: counts.passed, all: counts.all, evidence: evidence({ ran: ran.outcome, passed: counts.passed, all: counts.all }) };
}

function testsOf(skill: ShelvedSkill | undefined): TestCount {
  return countTests((skill?.files ?? []).map(({ path, data }: SkillInput) => ({ path, text: Buffer.from(data).toString("utf8") })));
}

function takenAway(was: TestCount, is: TestCount, file: string): Finding[] {
  if (is.cases < was.cases || is.files < was.files)
    return [
      error(
        "gate/tests-taken-away",
        `tests were taken away: ${was.cases} in ${counted(was.files, "file")} before, ${is.cases} in ${counted(is.files, "file")} now`,
        file,
      ),
    ];
  if (is.off > was.off) return [error("gate/tests-switched-off", `tests were switched off: ${is.off - was.off} more are skipped than before`, file)];
  return is.checks < was.checks
    ? [{ ...error("gate/fewer-checks", `its tests check less: ${was.checks} checks before, ${is.checks} now`, file), level: "warning" }]
    : [];
}

/** In the container of the runner as the protected branch has it. */
async function run(skill: ShelvedSkill, { head, open }: GateContext): Promise<TestsRan> {
  const authority = await loadAuthority(head.cwd, head.env);
  const found = usable(skill);
  const limits = testLimits(found, authority.config.values.limits);
  return runSkillTests(open, { found, runner: testable(found), limits, authority, env: head.env, decision: newId("d") });
}

/** Over all policies of the change together; over broken ones the gate schema has spoken. */
async function tryCases({ authority, proposal }: GateContext): Promise<Tried> {
  const { set } = readPolicies(await authority.repository.readFiles(proposal.head, "policies"));
  if (set.broken !== undefined)
    return {
      findings: [error("gate/policies", "the policies do not load, so no case can be tried", set.broken.file ?? "policies")],
      passed: 0,
      all: 0,
      evidence: {},
    };
  const checks = runCases(set).filter(({ name }) => !name.endsWith(": every rule and budget has a case"));
  const failed = checks.filter(({ findings }) => findings.length > 0);
  const figures = { passed: checks.length - failed.length, all: checks.length };
  return {
    findings: failed.flatMap(({ name, findings }) => findings.map((finding) => ({ ...finding, message: `${name}: ${finding.message}` }))),
    ...figures,
    evidence: { policies: figures },
  };
}

/** Code of strategies is held to its backtest, not to tests; tests beside it are not run, and that is said. */
function untested({ proposal }: GateContext): Finding[] {
  return proposal.changes
    .filter(({ path, after }) => after !== undefined && /^strategies\/[^/]+\/tests\//.test(path))
    .map(({ path }): Finding => ({
      rule: "gate/not-run",
      level: "note",
      message: "tests of strategies are not run; the gate strategy judges them",
      file: path,
    }));
}

function error(rule: string, message: string, file: string): Finding {
  return { rule, level: "error", message, file };
}
