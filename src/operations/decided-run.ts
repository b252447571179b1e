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
  /** That it reaches. */
  hosts?: number;
  env: NodeJS.ProcessEnv;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

/** Finds a skill by its name. Errors (exit usage): no workspace, `skill/unknown`, `skill/broken`. */
export async function findSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<FoundSkill> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  return { authority, stateDir, found: await shelvedSkill(asked, authority) };
}

/** As `findSkill`, where the authority is known already. */
export async function shelvedSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }, authority: Authority): Promise<UsableSkill> {
  const shelf = await openShelf(asked, authority);
  return usable(await shelf.read(shelf.place(asked.name)));
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
  const request: ActionRequest = { ...(await skillAction(authority, found, asked)), actor: { kind: "person", name: personName() } };
  return decidedAction(
    { authority, stateDir },
    {
      command: asked.command,
      request,
      amounts: { wallMs: asked.limits.timeoutMs, files: asked.files, ...(asked.hosts !== undefined && asked.hosts > 0 && { hosts: asked.hosts }) },
      env: asked.env,
      onDecision: asked.onDecision,
    },
    work,
  );
}

/** What policy is asked before a skill's code runs, whoever wants it. */
export async function skillAction(
  authority: Authority,
  found: UsableSkill,
  { class: riskClass, runner, limits, args }: Pick<SkillAsked, "class" | "runner" | "limits" | "args">,
): Promise<Omit<ActionRequest, "actor">> {
  const { skill, trust } = found;
  const { name, digest, version } = skill;
  const committed = await isCommitted(authority, found);
  return {
    action: "skill.run",
    class: riskClass,
    skill: { name, trust, committed, digest, version },
    runner,
    limits: { timeoutMs: limits.timeoutMs, memoryMiB: limits.memoryMiB },
    ...(args && { args }),
  };
}
