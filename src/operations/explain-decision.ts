import { decide } from "../policy/decide.ts";
import { explain, type Considered } from "../policy/explain.ts";
import { readPolicies } from "../policy/read-policies.ts";
import type { Effect } from "../policy/request.ts";
import { findDecision, type RecordedDecision } from "./recorded-decisions.ts";
import { openPolicies } from "./policy-sources.ts";

export interface ExplainedDecision extends RecordedDecision {
  /** Every rule of the policies that decided, and why it did or did not speak; undefined when their commit is not here. */
  considered: Considered[] | undefined;
  /** Whether deciding again, by those same policies, gives the same answer. */
  reproduced: boolean | undefined;
  /** What the policies in force would answer today. */
  today: { effect: Effect; rules: string[]; reason: string; commit: string } | undefined;
}

/** A recorded decision with everything that led to it. */
export async function explainDecision(asked: { cwd: string; env: NodeJS.ProcessEnv; id: string }): Promise<ExplainedDecision> {
  const sources = await openPolicies(asked.cwd, asked.env);
  const found = await findDecision(sources.workspace.stateDir, asked.id);
  const { decision } = found;
  const then = await sources.repository.resolve(decision.policy.commit).catch(() => undefined);
  const old = then === undefined ? undefined : readPolicies(await sources.repository.readFiles(then, "policies")).set;
  const known = old?.digest === decision.policy.digest ? old : undefined;
  const again = known && decide(decision.request, known, { id: decision.id, commit: decision.policy.commit });
  const now =
    sources.commit === undefined
      ? undefined
      : decide(decision.request, readPolicies(await sources.committed()).set, { id: decision.id, commit: sources.commit });
  return {
    ...found,
    considered: known && explain(decision.request, known),
    reproduced: again && again.effect === decision.effect && again.rules.join() === decision.rules.join(),
    today: now && { effect: now.effect, rules: now.rules, reason: now.reason, commit: now.policy.commit },
  };
}
