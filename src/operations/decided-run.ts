import { armWhenNew } from "../ledger/halt.ts";
import type { ActionRequest, Decision, RiskClass } from "../policy/request.ts";
import type { JobLimits } from "../runner/job.ts";
import type { SkillRunner } from "../skill/skill.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import type { OpenRun, RunOutcome } from "./in-run.ts";
import { isCommitted } from "./is-committed.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { openShelf } from "./skill-shelf.ts";
import { usable, type UsableSkill } from "./usable-skill.ts";

/** A skill that was found, and what decides about it. */
export interface FoundSkill {
  authority: Authority;
  stateDir: string;
  found: UsableSkill;
}

/** What is asked of policy and budgets before a skill's code runs. */
export interface SkillAsked {
  /** The words typed. */
  command: string;
  class: RiskClass;
  runner: SkillRunner;
  limits: JobLimits;
  /** Arguments of the call, for policy; masked before it sees them. */
  args?: { readonly [name: string]: unknown } | undefined;
  /** Files given to it. */
  files: number;
  env: NodeJS.ProcessEnv;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

/** Finds a skill by its name. Errors (exit usage): no workspace, `skill/unknown`, `skill/broken`. */
export async function findSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<FoundSkill> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const shelf = await openShelf(asked, authority);
  return { authority, stateDir, found: usable(await shelf.read(shelf.place(asked.name))) };
}

/**
 * Runs a skill's code as one run: policy decides it as `skill.run`, the budgets bear its time and files, and only then `work` starts. A denial and a
 * limit reached are results; what `work` throws is recorded and thrown on.
 */
export async function decidedRun<T>(
  { authority, stateDir, found }: FoundSkill,
  asked: SkillAsked,
  work: (open: OpenRun, decision: Decision) => Promise<{ outcome: RunOutcome; value: T }>,
): Promise<DecidedRun<T>> {
  const committed = await isCommitted(authority, found);
  return decidedAction(
    { authority, stateDir },
    {
      command: asked.command,
      request: skillRequest(found, asked, committed),
      amounts: { wallMs: asked.limits.timeoutMs, files: asked.files },
      env: asked.env,
      onDecision: asked.onDecision,
    },
    work,
  );
}

function skillRequest({ skill, trust }: UsableSkill, { class: riskClass, runner, limits, args }: SkillAsked, committed: boolean): ActionRequest {
  const { name, digest, version } = skill;
  return {
    action: "skill.run",
    class: riskClass,
    actor: { kind: "person", name: personName() },
    skill: { name, trust, committed, digest, version },
    runner,
    limits: { timeoutMs: limits.timeoutMs, memoryMiB: limits.memoryMiB },
    ...(args && { args }),
  };
}
