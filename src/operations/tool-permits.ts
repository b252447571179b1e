import type { Agent } from "../agent/agent.ts";
import { isMapping } from "../base/mapping.ts";
import { declaredLevel } from "../policy/autonomy.ts";
import { decide } from "../policy/decide.ts";
import type { PolicySet } from "../policy/policy-set.ts";
import { effects, type ActionRequest, type Actor, type Decision, type Effect, type RiskClass } from "../policy/request.ts";
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

/** The level of an agent in a class. */
type LevelOf = (of: RiskClass) => number;

/**
 * What policy lets each tool of an agent do at its level (that of agent.yaml when none is given), by a usual call of it: other arguments may get another answer, and each call is decided by
 * itself. Never acts, records nothing.
 */
export function toolPermits(agent: Agent, { set, commit, level }: { set: PolicySet; commit: string; level?: LevelOf }): ToolPermit[] {
  return agent.tools.map((tool) => {
    const known = agentTools[tool];
    const requests = requestsOf(agent, tool, level);
    const decisions = requests.map((request) => decide(request, set, { id: "d-agent-show", commit }));
    const strictest = decisions.reduce((worst, each) => (effects.indexOf(each.effect) > effects.indexOf(worst.effect) ? each : worst));
    const asks = strictest.effect === "allow" && agent.approval.includes(tool);
    return { tool, class: known?.class ?? null, ...(asks ? own(strictest) : ofPolicy(strictest)) };
  });
}

/**
 * What policy says of one call, as of a usual one with the path, host or skill that its arguments name; `approve` at least where the agent's own list says so.
 * Not offered is denied. A skill counts as the workspace's own: which files would run is not known here.
 */
export function callPermit(
  agent: Agent,
  { tool, args }: { tool: string; args: unknown },
  { set, commit }: { set: PolicySet; commit: string },
): { effect: Effect; reason: string } {
  if (!agent.tools.includes(tool)) return { effect: "deny", reason: `the agent is not offered ${tool}` };
  const decisions = requestsOf(agent, tool).map((request) => decide(withFacts(request, args), set, { id: "d-permit", commit }));
  const strictest = decisions.reduce((worst, each) => (effects.indexOf(each.effect) > effects.indexOf(worst.effect) ? each : worst));
  if (strictest.effect === "allow" && agent.approval.includes(tool)) return { effect: "approve", reason: "agent.yaml has it ask a person each time" };
  return { effect: strictest.effect, reason: strictest.reason };
}

function withFacts(request: ActionRequest, args: unknown): ActionRequest {
  if (!isMapping(args)) return request;
  const { path, url, skill } = args;
  return {
    ...request,
    args,
    ...(request.path !== undefined && typeof path === "string" && path !== "" && { path }),
    ...(request.host !== undefined && typeof url === "string" && URL.canParse(url) && { host: new URL(url).hostname }),
    ...(request.skill !== undefined && typeof skill === "string" && { skill: { ...request.skill, name: skill } }),
  };
}

function requestsOf(agent: Agent, tool: string, level: LevelOf = (of) => declaredLevel(agent, of)): [ActionRequest, ...ActionRequest[]] {
  const { class: riskClass, asks } = agentTools[tool] ?? { class: "W", asks: [] };
  const actor = (of: RiskClass): Actor => ({ kind: "agent", name: agent.name, level: level(of) });
  return [
    { action: "tool.call", class: riskClass, actor: actor(riskClass), tool },
    ...asks.map((ask): ActionRequest => ({ ...ask, actor: actor(ask.class), tool })),
  ];
}

function ofPolicy({ effect, rules, reason, would, request }: Decision): Omit<ToolPermit, "tool" | "class"> {
  return { effect, action: request.action, rule: rules[0] ?? null, reason, would: would ?? null };
}

function own({ request }: Decision): Omit<ToolPermit, "tool" | "class"> {
  return { effect: "approve", action: request.action, rule: null, reason: "agent.yaml has it ask a person each time", would: null };
}
