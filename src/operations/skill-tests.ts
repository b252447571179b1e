import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import type { JobLimits, JobOutcome, JobResult } from "../runner/job.ts";
import { runJob } from "../runner/run-job.ts";
import { sweepBeside } from "../runner/sweep.ts";
import type { SkillRunner } from "../skill/skill.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { scopeOf } from "./scope.ts";
import { skillLimits } from "./skill-job.ts";
import { skillFinished, skillStarted } from "./skill-records.ts";
import type { UsableSkill } from "./usable-skill.ts";

export interface TestsRan {
  outcome: JobOutcome;
  exitCode: number | null;
  /** What the tests printed, stdout then stderr, masked. */
  output: string;
  durationMs: number;
}

/** How each runner's tests are started: with pytest where the image has it, as all of ours do, else unittest. */
export const testCommands: Readonly<Record<SkillRunner, string[]>> = {
  python: ["python3", "-B", "-c", pythonTests()],
  node: ["node", "--test", "--test-reporter=spec"],
  shell: ["bash", "tests/run.sh"],
};

const testFiles: Readonly<Record<SkillRunner, { shape: RegExp; example: string }>> = {
  python: { shape: /^tests\/(?:.*\/)?test_[^/]*\.py$/, example: "tests/test_main.py" },
  node: { shape: /^tests?\/.*\.(?:js|mjs|cjs)$/, example: "tests/main.test.mjs" },
  shell: { shape: /^tests\/run\.sh$/, example: "tests/run.sh" },
};

/** Tests load more than a run does: a test library, every case in one process. Where a run of the skill gets more, so do its tests. */
const least: JobLimits = { timeoutMs: 120_000, memoryMiB: 1024, cpus: 1, pids: 128, outputBytes: 4 * 1024 * 1024, diskMiB: 128 };

/** The runner of a skill that has tests. Errors (exit usage): `skill/no-runner`, `skill/no-tests`. */
export function testable({ name, skill, files }: UsableSkill): SkillRunner {
  const { runner } = skill;
  if (runner === undefined) throw new AgentctlError("skill/no-runner", `the skill ${name} has instructions only: there is nothing to test`, { exit: "usage" });
  const { shape, example } = testFiles[runner];
  if (files.some((file) => shape.test(file.path))) return runner;
  throw new AgentctlError("skill/no-tests", `the skill ${name} has no tests`, { hint: `write ${example}; agentctl skill new shows how`, exit: "usage" });
}

/** What the tests of a skill may use: not less than a run of it. */
export function testLimits({ skill, trust }: UsableSkill, configured: JobLimits): JobLimits {
  const run = skillLimits(skill, trust, configured);
  const entries = Object.entries(least).map(([name, limit]) => [name, Math.max(limit, run[name as keyof JobLimits])]);
  return Object.fromEntries(entries) as JobLimits;
}

export interface SkillTests {
  found: UsableSkill;
  runner: SkillRunner;
  limits: JobLimits;
  authority: Authority;
  env: NodeJS.ProcessEnv;
  /** Id of the decision that allowed it. */
  decision: string;
}

/** Runs them, on record; policy has allowed it. How they ended is a value. Errors: no engine, no image, and when work has to stop. */
export async function runSkillTests(open: OpenRun, { found, runner, limits, authority, env, decision }: SkillTests): Promise<TestsRan> {
  const engine = await openEngine(authority.config, env);
  const image = await requireImage(engine, runner, runnerPlaces(authority.workspace.root));
  // Tests of a process that was killed run on without it.
  const swept = sweepBeside(engine);
  const command = testCommands[runner];
  const call = newId("c");
  await open.recorder.append("skill.started", skillStarted(found, { call, decision, runner, image: image.id, command, input: null, limits: { ...limits } }));
  try {
    const spec = {
      image: image.id,
      command,
      cwd: "/work/skill",
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      files: found.files.map(({ path, data }) => ({ path: `skill/${path}`, data })),
      limits,
      run: open.run,
      scope: scopeOf(open.stateDir),
    };
    requireGoing(open);
    const job = await runJob(engine, spec, { signal: open.stop });
    const output = open.mask(printed(job));
    await open.recorder.append("skill.finished", skillFinished(found, job, { call, outcome: job.outcome, stderr: output, artifacts: [] }));
    open.stop.throwIfAborted();
    const { outcome, exitCode = null, durationMs } = job;
    return { outcome, exitCode, output, durationMs: Math.round(durationMs) };
  } finally {
    await swept;
    await jobsSettled(engine);
  }
}

function printed(job: JobResult): string {
  const parts = [job.stdout, job.stderr].map((bytes) => Buffer.from(bytes).toString("utf8").toWellFormed().trimEnd());
  return parts.filter((part) => part !== "").join("\n");
}

function pythonTests(): string {
  return [
    "import importlib.util, sys",
    "if importlib.util.find_spec('pytest'):",
    "    import pytest",
    "    sys.exit(pytest.main(['-q', '--color=no', '-p', 'no:cacheprovider', 'tests']))",
    "import unittest",
    "sys.exit(not unittest.main(module=None, argv=['tests', 'discover', '-s', 'tests'], exit=False).result.wasSuccessful())",
  ].join("\n");
}
