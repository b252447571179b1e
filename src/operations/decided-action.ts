import { systemClock } from "../base/clock.ts";
import { newId } from "../base/ids.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import { status } from "../git/status.ts";
import type { Amounts } from "../policy/amounts.ts";
import { decide } from "../policy/decide.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import { inRun, type OpenRun, type RunOutcome } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { tellingOf } from "./open-notifier.ts";
import { withinBudget, type BudgetRefusal } from "./within-budget.ts";

/** What is asked of policy and budgets before anything happens. */
export interface ActionAsked {
  /** The words typed. */
  command: string;
  /** Masked before policy sees it. */
  request: ActionRequest;
  /** The most that the work may spend: of time, what it took is settled; of anything else, all of it. */
  amounts: Amounts & { wallMs: number };
  env: NodeJS.ProcessEnv;
  /** The agent whose budgets bear it too. */
  agent?: string | undefined;
  /** The run's id, where something has to know it before it begins. */
  run?: string | undefined;
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

/**
 * Does one action as one run: policy decides it, the budgets bear it, and only then `work` starts. A denial and a limit reached are results; what
 * `work` throws is recorded and thrown on.
 */
export async function decidedAction<T>(
  { authority, stateDir }: { authority: Authority; stateDir: string },
  asked: ActionAsked,
  work: (open: OpenRun, decision: Decision) => Promise<{ outcome: RunOutcome; value: T }>,
): Promise<DecidedRun<T>> {
  const { config, commit, set } = authority;
  const mask = maskFor(stateDir, asked.env, { names: config.values.mask.names, secrets: config.secrets });
  const telling = tellingOf(authority, asked.env);
  const workspace = await workspaceFacts(authority);
  const request = mask(asked.request);
  const { kind, name } = request.actor;
  const started = { command: asked.command, actor: { kind, name }, workspace, policy: { commit, digest: set.digest } };
  return inRun<DecidedRun<T>>({ stateDir, mask, started, run: asked.run, telling }, async (open) => {
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
      { open, budgets: set.budgets, agent: asked.agent, amounts: asked.amounts },
      () => work(open, decision),
      () => ({ ...asked.amounts, wallMs: Math.round(systemClock.monotonicMs() - startedMs) }),
    );
    return spent.granted ? ended(spent.value.outcome, { value: spent.value.value }) : ended("budget", { budget: spent });
  });
}

const rooms = ["policies", "agents", "skills", "data", "strategies", "runners"];

/** What a run says about the working tree it started in. */
export async function workspaceFacts({ repository, commit }: Authority): Promise<{ commit: string; branch?: string; dirty: boolean }> {
  const head = await repository.head();
  const changes = await status(repository, { commit: head.commit, prefix: rooms });
  return { commit: head.commit ?? commit, ...(head.branch !== undefined && { branch: head.branch }), dirty: changes.length > 0 };
}
