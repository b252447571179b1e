import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { decide } from "../policy/decide.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import { requireImage } from "../runner/images.ts";
import { jobsSettled } from "../runner/job-engine.ts";
import type { JobLimits, JobOutcome, JobResult } from "../runner/job.ts";
import { runJob } from "../runner/run-job.ts";
import type { SkillRunner } from "../skill/skill.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { inRun, type OpenRun } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { openEngine } from "./open-engine.ts";
import { runnerPlaces } from "./open-runners.ts";
import { personName } from "./person.ts";
import { isCommitted, workspaceFacts } from "./run-skill.ts";
import { scopeOf } from "./scope.ts";
import { openShelf } from "./skill-shelf.ts";
import { usable, type UsableSkill } from "./usable-skill.ts";

export interface SkillTested {
  run: string;
  skill: string;
  runner: SkillRunner;
  digest: string;
  decision: Decision;
  passed: boolean;
  /** Undefined when policy did not let them start. */
  tests?: TestsRan | undefined;
}

export interface TestsRan {
  outcome: JobOutcome;
  exitCode: number | null;
  /** What the tests printed, stdout then stderr, masked. */
  output: string;
  durationMs: number;
}

/** How each runner's tests are started: with pytest where the image has it, as all of ours do, else unittest. */
const commands: Readonly<Record<SkillRunner, string[]>> = {
  python: ["python3", "-B", "-c", pythonTests()],
  node: ["node", "--test", "--test-reporter=spec"],
  shell: ["bash", "tests/run.sh"],
};

const testFiles: Readonly<Record<SkillRunner, { shape: RegExp; example: string }>> = {
  python: { shape: /^tests\/(?:.*\/)?test_[^/]*\.py$/, example: "tests/test_main.py" },
  node: { shape: /^tests?\/.*\.(?:js|mjs|cjs)$/, example: "tests/main.test.mjs" },
  shell: { shape: /^tests\/run\.sh$/, example: "tests/run.sh" },
};

/** Tests load more than a run does: a test library, every case in one process. The skill's own limits count where they are wider. */
const least: JobLimits = { timeoutMs: 120_000, memoryMiB: 1024, cpus: 1, pids: 128, outputBytes: 4 * 1024 * 1024, diskMiB: 128 };

/**
 * Runs a skill's tests in its runner's container: no network, nothing kept but what they print. Policy decides it as a run of the skill of class R,
 * whatever the skill's own class: tests reach nothing. Errors (exit usage): `skill/unknown`, `skill/broken`, `skill/no-runner`, `skill/no-tests`; and
 * those of engine and image.
 */
export async function testSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<SkillTested> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const { workspace, config } = authority;
  const stateDir = ensureStateDir(workspace);
  armWhenNew(stateDir);
  const shelf = await openShelf(asked);
  const found = usable(await shelf.read(shelf.place(asked.name)));
  const runner = testable(found);
  const limits = limitsOf(found.skill.limits);
  const request = testRequest(found, runner, limits, await isCommitted(authority, found));
  const started = {
    command: `skill test ${asked.name}`,
    actor: { kind: request.actor.kind, name: request.actor.name },
    workspace: await workspaceFacts(authority),
    policy: { commit: authority.commit, digest: authority.set.digest },
  };
  const mask = maskFor(stateDir, asked.env, { names: config.values.mask.names, secrets: config.secrets });
  return inRun<SkillTested>({ stateDir, mask, started }, async (open) => {
    const decision = decide(request, authority.set, { id: newId("d"), commit: authority.commit });
    await open.recorder.append("decision.made", decision as never);
    const result = { run: open.run, skill: found.name, runner, digest: found.digest, decision };
    if (decision.effect !== "allow") return { outcome: decision.effect === "deny" ? "denied" : "waiting", result: { ...result, passed: false } };
    const tests = await runTests(open, { found, runner, limits, authority, env: asked.env, decision: decision.id });
    const passed = tests.outcome === "ok";
    return { outcome: passed ? "ok" : "failed", result: { ...result, passed, tests } };
  });
}

function testRequest({ skill, trust }: UsableSkill, runner: string, limits: JobLimits, committed: boolean): ActionRequest {
  const { name, digest, version } = skill;
  return {
    action: "skill.run",
    class: "R",
    actor: { kind: "person", name: personName() },
    skill: { name, trust, committed, digest, version },
    runner,
    limits: { timeoutMs: limits.timeoutMs, memoryMiB: limits.memoryMiB },
    args: { tests: true },
  };
}

function testable({ name, skill, files }: UsableSkill): SkillRunner {
  const { runner } = skill;
  if (runner === undefined) throw new AgentctlError("skill/no-runner", `the skill ${name} has instructions only: there is nothing to test`, { exit: "usage" });
  const { shape, example } = testFiles[runner];
  if (files.some((file) => shape.test(file.path))) return runner;
  throw new AgentctlError("skill/no-tests", `the skill ${name} has no tests`, { hint: `write ${example}; agentctl skill new shows how`, exit: "usage" });
}

interface Prepared {
  found: UsableSkill;
  runner: SkillRunner;
  limits: JobLimits;
  authority: Authority;
  env: NodeJS.ProcessEnv;
  /** Id of the decision that allowed it. */
  decision: string;
}

async function runTests(open: OpenRun, { found, runner, limits, authority, env, decision }: Prepared): Promise<TestsRan> {
  const { skill, files } = found;
  const engine = await openEngine(authority.config, env);
  const image = await requireImage(engine, runner, runnerPlaces(authority.workspace.root));
  const command = commands[runner];
  const call = newId("c");
  await open.recorder.append("skill.started", {
    call,
    skill: skill.name,
    ...(skill.version !== undefined && { version: skill.version }),
    digest: skill.digest,
    trust: found.trust,
    decision,
    runner,
    image: image.id,
    command,
    input: null,
    limits: { ...limits },
  });
  try {
    const spec = {
      image: image.id,
      command,
      cwd: "/work/skill",
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      files: files.map(({ path, data }) => ({ path: `skill/${path}`, data })),
      limits,
      run: open.run,
      scope: scopeOf(open.stateDir),
    };
    const job = await runJob(engine, spec, { signal: open.stop });
    const output = open.mask(printed(job));
    await open.recorder.append("skill.finished", {
      call,
      skill: skill.name,
      outcome: job.outcome,
      ...(job.exitCode !== undefined && { exitCode: job.exitCode }),
      ...(job.signal !== undefined && { signal: job.signal }),
      oomKilled: job.oomKilled,
      durationMs: Math.round(job.durationMs),
      stderr: output,
      artifacts: [],
    });
    open.stop.throwIfAborted();
    const { outcome, exitCode = null, durationMs } = job;
    return { outcome, exitCode, output, durationMs: Math.round(durationMs) };
  } finally {
    await jobsSettled(engine);
  }
}

function limitsOf(asked: Partial<JobLimits>): JobLimits {
  const entries = Object.entries(least).map(([name, limit]) => [name, Math.max(limit, asked[name as keyof JobLimits] ?? 0)]);
  return Object.fromEntries(entries) as JobLimits;
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
