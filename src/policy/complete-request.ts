import { actionKind } from "./actions.ts";
import type { ActionRequest, Actor, RiskClass, SkillFacts } from "./request.ts";

/** A request as people write it: `agentctl policy check`, cases, examples. */
export type ShortRequest = Omit<ActionRequest, "class" | "actor" | "skill"> & {
  class?: RiskClass | undefined;
  actor?: Actor | undefined;
  skill?: (Partial<SkillFacts> & { name: string }) | undefined;
};

/** Fills in what was left out: the class of the action, a person, and a skill that is own and committed. */
export function completeRequest(short: ShortRequest): ActionRequest {
  const { action, class: riskClass, actor, skill, ...facts } = short;
  return {
    action,
    class: riskClass ?? actionKind(action)?.class ?? "R",
    actor: actor ?? { kind: "person", name: "someone" },
    ...facts,
    ...(skill && { skill: { trust: "own", committed: true, digest: "", ...skill } }),
  };
}
