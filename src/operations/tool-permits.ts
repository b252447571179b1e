import type { Agent } from "../agent/agent.ts";
import { decide } from "../policy/decide.ts";
import type { PolicySet } from "../policy/policy-set.ts";
import { effects, type ActionRequest, type Decision, type Effect } from "../policy/request.ts";
import { agentTools } from "./agent-tools.ts";

/** What policy says of a tool in the hands of an agent. */
export interface ToolPermit {
  tool: string;
  class: string | null;
  /** The strictest of what a usual call asks; `approve` at least where the agent's own list says so. */
  effect: Effect;
  /** The action with that effect, e.g. `net.connect`. */
  action: string;
  /** `policy/rule`; null when no rule spoke, or the agent itself asks. */
  rule: string | null;
  reason: string;
  would: string | null;
}

/**
 * What policy lets each tool of an agent do at its level, by a usual call of it: other arguments may get another answer, and each call is decided by
 * itself. Never acts, records nothing.
 */
export function toolPermits(agent: Agent, { set, commit }: { set: PolicySet; commit: string }): ToolPermit[] {
  return agent.tools.map((tool) => {
    const known = agentTools[tool];
    const requests = requestsOf(agent, tool);
    const decisions = requests.map((request) => decide(request, set, { id: "d-agent-show", commit }));
    const strictest = decisions.reduce((worst, each) => (effects.indexOf(each.effect) > effects.indexOf(worst.effect) ? each : worst));
    const asks = strictest.effect === "allow" && agent.approval.includes(tool);
    return { tool, class: known?.class ?? null, ...(asks ? own(strictest) : ofPolicy(strictest)) };
  });
}

function requestsOf({ name, level }: Agent, tool: string): [ActionRequest, ...ActionRequest[]] {
  const { class: riskClass, asks } = agentTools[tool] ?? { class: "W", asks: [] };
  const actor = { kind: "agent", name, level } as const;
  return [{ action: "tool.call", class: riskClass, actor, tool }, ...asks.map((ask): ActionRequest => ({ ...ask, actor, tool }))];
}

function ofPolicy({ effect, rules, reason, would, request }: Decision): Omit<ToolPermit, "tool" | "class"> {
  return { effect, action: request.action, rule: rules[0] ?? null, reason, would: would ?? null };
}

function own({ request }: Decision): Omit<ToolPermit, "tool" | "class"> {
  return { effect: "approve", action: request.action, rule: null, reason: "agent.yaml has it ask a person each time", would: null };
}
