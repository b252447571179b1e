import { systemClock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import { sameFiles } from "../git/hash.ts";
import { status } from "../git/status.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { decide } from "../policy/decide.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import type { JobLimits } from "../runner/job.ts";
import { isLeftover } from "../scan/folder.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { callSkill, type SkillCallResult } from "./call-skill.ts";
import { inRun, type RunOutcome } from "./in-run.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { personName } from "./person.ts";
import { skillInput, type GivenFile } from "./skill-input.ts";
import { runnable, skillLimits } from "./skill-job.ts";
import { openShelf } from "./skill-shelf.ts";
import { usable, type UsableSkill } from "./usable-skill.ts";
import { withinBudget, type BudgetRefusal } from "./within-budget.ts";

export interface RunSkillAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  /** JSON text. */
  input?: string | undefined;
  files?: readonly GivenFile[];
  onDecision?: (run: string, decision: Decision) => void;
  /** The skill's stderr as it comes. */
  onLog?: (text: string) => void;
}

export interface RunSkillResult {
  run: string;
  skill: string;
  decision: Decision;
  outcome: RunOutcome;
  /** The limit that was reached. */
  budget?: BudgetRefusal | undefined;
  /** Undefined when it did not start. */
  call?: SkillCallResult | undefined;
}

const runOutcomes: Partial<Record<SkillCallResult["outcome"], RunOutcome>> = { ok: "ok", timeout: "timeout" };

/**
 * Runs a skill: found, its input checked, decided by the committed policy, run in its container, all of it recorded. A denial, a limit reached, a
 * skill that fails are results; errors are what keeps the question from being asked: no workspace, unknown skill, wrong input, no engine, halted.
 */
export async function runSkill(asked: RunSkillAsked): Promise<RunSkillResult> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const { workspace, config } = authority;
  const stateDir = ensureStateDir(workspace);
  armWhenNew(stateDir);
  const shelf = await openShelf(asked);
  const found = usable(await shelf.read(shelf.place(asked.name)));
  const { runner } = runnable(found.skill);
  const inputs = await skillInput(found.skill, asked.input, asked.files ?? [], asked.cwd);

  const mask = maskFor(stateDir, asked.env, { names: config.values.mask.names, secrets: config.secrets });
  const limits = skillLimits(found.skill, found.trust, config.values.limits);
  const request = mask(skillRequest(found, runner, limits, inputs.input, await isCommitted(authority, found)));
  const started = {
    command: `skill run ${asked.name}`,
    actor: { kind: request.actor.kind, name: request.actor.name },
    workspace: await workspaceFacts(authority),
    policy: { commit: authority.commit, digest: authority.set.digest },
  };
  return inRun<RunSkillResult>({ stateDir, mask, started }, async (open) => {
    const decision = decide(request, authority.set, { id: newId("d"), commit: authority.commit });
    await open.recorder.append("decision.made", decision as never);
    asked.onDecision?.(open.run, decision);
    const result = { run: open.run, skill: asked.name, decision };
    if (decision.effect !== "allow") {
      const outcome = decision.effect === "deny" ? "denied" : "waiting";
      return { outcome, result: { ...result, outcome } };
    }
    const startedMs = systemClock.monotonicMs();
    const spent = await withinBudget(
      { open, budgets: authority.set.budgets, amounts: { wallMs: limits.timeoutMs, files: inputs.given.length } },
      () => callSkill({ open, authority, env: asked.env, found, decision: decision.id, limits, inputs, onLog: asked.onLog }),
      () => ({ wallMs: Math.round(systemClock.monotonicMs() - startedMs), files: inputs.given.length }),
    );
    if (!spent.granted) return { outcome: "budget", result: { ...result, outcome: "budget", budget: spent } };
    const call = spent.value;
    const outcome = runOutcomes[call.outcome] ?? "failed";
    return { outcome, result: { ...result, outcome, call } };
  });
}

function skillRequest(found: UsableSkill, runner: string, limits: JobLimits, input: unknown, committed: boolean): ActionRequest {
  const { name, digest, version } = found.skill;
  return {
    action: "skill.run",
    class: found.skill.class,
    actor: { kind: "person", name: personName() },
    skill: { name, trust: found.trust, committed, digest, version },
    runner,
    limits: { timeoutMs: limits.timeoutMs, memoryMiB: limits.memoryMiB },
    ...(input !== null && typeof input === "object" && !Array.isArray(input) ? { args: { ...input } } : {}),
  };
}

/**
 * Whether the files that run are those of the commit that policy is read from; a skill of the package is as committed as agentctl itself. The bytes
 * that were read are compared, and not the disk once more: who may write there could have put the committed files back meanwhile.
 */
export async function isCommitted({ repository, commit }: Pick<Authority, "repository" | "commit">, found: UsableSkill): Promise<boolean> {
  if (found.origin === "package") return true;
  const entries = await repository.listTree(commit, found.folder);
  const files = found.files.map(({ path, data }) => ({ path: `${found.folder}/${path}`, data }));
  return sameFiles(
    entries.filter((entry) => !isLeftover(entry.path.slice(found.folder.length))),
    files,
  );
}

const rooms = ["policies", "agents", "skills", "strategies", "runners"];

/** What a run says about the working tree it started in. */
export async function workspaceFacts({ repository, commit }: Authority): Promise<{ commit: string; branch?: string; dirty: boolean }> {
  const head = await repository.head();
  const changes = await Promise.all(rooms.map((prefix) => status(repository, { commit: head.commit, prefix })));
  return { commit: head.commit ?? commit, ...(head.branch !== undefined && { branch: head.branch }), dirty: changes.some((room) => room.length > 0) };
}
