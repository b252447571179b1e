import { canonicalJson } from "../base/canonical-json.ts";
import { newId } from "../base/ids.ts";
import type { ModelRole } from "../agent/model.ts";
import type { DecisionMade } from "../event/decision-made.ts";
import type { Recorder } from "../event/events.ts";
import type { Destination, Permit } from "../llm/ports.ts";
import type { Actor, Decision } from "../policy/request.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import { decideByAll, type MorePolicies } from "./more-policies.ts";

export interface PermitAsked {
  authority: Pick<Authority, "set" | "commit">;
  morePolicies?: MorePolicies | undefined;
  open: Pick<OpenRun, "run" | "stateDir" | "stop" | "recorder" | "mask">;
  actor: Actor;
  /** The role of the request that is being asked now. */
  role: () => ModelRole | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

/** What is on record of each run: an answer about a host, and the decision that gave it. */
const recordedIn = new WeakMap<Recorder, Map<string, string>>();

/**
 * Policy's word on each try of a model, as `model.call` with its host: decided every time, because models differ, and recorded once for each answer about a
 * host. Errors: ledger/halted, and that of an interrupt.
 */
export function modelPermit({ authority, morePolicies, open, actor, role, onDecision }: PermitAsked): Permit {
  const recorded = recordedIn.get(open.recorder) ?? new Map<string, string>();
  recordedIn.set(open.recorder, recorded);
  return async ({ model, host, port }: Destination) => {
    requireGoing(open);
    const request = open.mask({ action: "model.call", class: "R" as const, actor: { ...actor }, host, port, args: { model, role: role() ?? null } });
    const decision = decideByAll(request, authority, morePolicies, newId("d"));
    const { effect, rules, reason } = decision;
    const answer = canonicalJson([host, port, effect, rules, reason]);
    const earlier = recorded.get(answer);
    if (earlier === undefined) {
      recorded.set(answer, decision.id);
      await open.recorder.append("decision.made", decision as DecisionMade);
      onDecision?.(open.run, decision);
    }
    if (effect === "allow") return { allowed: true };
    const word = effect === "deny" ? "denied" : "needs an approval, which asking a model cannot wait for";
    return { allowed: false, why: `${host}:${port} ${word}: ${reason} (agentctl policy explain ${earlier ?? decision.id})` };
  };
}
