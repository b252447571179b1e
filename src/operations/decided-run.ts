import { systemClock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { status } from "../git/status.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { decide } from "../policy/decide.ts";
import type { ActionRequest, Decision, RiskClass } from "../policy/request.ts";
import type { JobLimits } from "../runner/job.ts";
import type { SkillRunner } from "../skill/skill.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { inRun, type OpenRun, type RunOutcome } from "./in-run.ts";
import { isCommitted } from "./is-committed.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";
import { openShelf } from "./skill-shelf.ts";
import { usable, type UsableSkill } from "./usable-skill.ts";
import { withinBudget, type BudgetRefusal } from "./within-budget.ts";

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

export interface DecidedRun<T> {
  run: string;
  decision: Decision;
  outcome: RunOutcome;
  /** The limit that was reached. */
  budget?: BudgetRefusal | undefined;
  /** What the work answered; undefined when it did not start. */
  value?: T;
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
  const { config, commit, set } = authority;
  const mask = maskFor(stateDir, asked.env, { names: config.values.mask.names, secrets: config.secrets });
  const [committed, workspace] = await Promise.all([isCommitted(authority, found), workspaceFacts(authority)]);
  const request = mask(skillRequest(found, asked, committed));
  const { kind, name } = request.actor;
  const started = { command: asked.command, actor: { kind, name }, workspace, policy: { commit, digest: set.digest } };
  return inRun<DecidedRun<T>>({ stateDir, mask, started }, async (open) => {
    const decision = decide(request, set, { id: newId("d"), commit });
    await open.recorder.append("decision.made", decision as DecisionMade);
    asked.onDecision?.(open.run, decision);
    const ended = (outcome: RunOutcome, more: Partial<DecidedRun<T>> = {}): { outcome: RunOutcome; result: DecidedRun<T> } => ({
      outcome,
      result: { run: open.run, decision, outcome, ...more },
    });
    if (decision.effect !== "allow") return ended(decision.effect === "deny" ? "denied" : "waiting");
    const startedMs = systemClock.monotonicMs();
    const spent = await withinBudget(
      { open, budgets: set.budgets, amounts: { wallMs: asked.limits.timeoutMs, files: asked.files } },
      () => work(open, decision),
      () => ({ wallMs: Math.round(systemClock.monotonicMs() - startedMs), files: asked.files }),
    );
    return spent.granted ? ended(spent.value.outcome, { value: spent.value.value }) : ended("budget", { budget: spent });
  });
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

const rooms = ["policies", "agents", "skills", "data", "strategies", "runners"];

/** What a run says about the working tree it started in. */
async function workspaceFacts({ repository, commit }: Authority): Promise<{ commit: string; branch?: string; dirty: boolean }> {
  const head = await repository.head();
  const changes = await status(repository, { commit: head.commit, prefix: rooms });
  return { commit: head.commit ?? commit, ...(head.branch !== undefined && { branch: head.branch }), dirty: changes.length > 0 };
}
