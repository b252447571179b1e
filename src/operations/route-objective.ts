import { route, type Route, type RouteSkill } from "../agent/route.ts";
import { AgentctlError } from "../base/errors.ts";
import { committedAgents } from "./agent-shelf.ts";
import { isCommitted } from "./is-committed.ts";
import { pastAgentRuns } from "./past-agent-runs.ts";
import { openShelf, type ShelfPlace } from "./skill-shelf.ts";
import { openPolicies } from "./policy-sources.ts";
import type { UsableSkill } from "./usable-skill.ts";

export interface RouteAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  objective: string;
  /** Properties of a skill's input that the caller gives. */
  given?: readonly string[];
  warn?: (text: string) => void;
}

/** Longer objectives are not taken: what does not fit here belongs into a file. */
export const objectiveCharactersMax = 20_000;

/**
 * Who works on an objective: a skill that solves it, else an agent of the commit. Asks no model, runs and records nothing. Errors (exit usage):
 * `agent/no-objective`.
 */
export async function routeObjective(asked: RouteAsked): Promise<Route> {
  requireObjective(asked.objective);
  return routeWithin(asked, await openPolicies(asked.cwd, asked.env));
}

/** As `routeObjective`, for a caller that has opened the workspace already. */
export async function routeWithin(asked: RouteAsked, place: ShelfPlace): Promise<Route> {
  const objective = requireObjective(asked.objective);
  const { workspace, repository, commit } = place;
  const [agents, shelved, runs] = await Promise.all([
    commit === undefined ? [] : committedAgents({ repository, commit }, { compile: false }),
    readSkills(asked, place),
    pastAgentRuns(workspace.stateDir, asked.warn),
  ]);
  const usable = agents.flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
  const edited = new Set<string>();
  // Whether files are the committed ones is asked of those only that would be chosen: it takes a process for each.
  for (;;) {
    const skills = shelved.map((found) => routeSkill(found, !edited.has(found.name)));
    const routed = route(objective, { agents: usable, skills, runs, given: asked.given });
    const chosen = routed.choice?.kind === "skill" ? shelved.find(({ name }) => name === routed.choice?.name) : undefined;
    if (chosen === undefined || (commit !== undefined && (await isCommitted({ repository, commit }, chosen)))) return routed;
    edited.add(chosen.name);
  }
}

/** The objective without white space around it. */
export function requireObjective(text: string): string {
  const objective = text.trim();
  if (objective === "")
    throw new AgentctlError("agent/no-objective", "the objective is empty", {
      hint: 'say what is to be done, e.g. "check the bars of sp500-daily for gaps"',
      exit: "usage",
    });
  if (objective.length <= objectiveCharactersMax) return objective;
  throw new AgentctlError("agent/no-objective", `the objective has ${objective.length} characters; at most ${objectiveCharactersMax} are taken`, {
    hint: "put the rest into a file and name it in the objective",
    exit: "usage",
  });
}

async function readSkills(asked: RouteAsked, place: ShelfPlace): Promise<UsableSkill[]> {
  const shelf = await openShelf(asked, place);
  const shelved = await Promise.all(shelf.places.map((each) => shelf.read(each, { compile: false })));
  return shelved.flatMap((found) => (found.skill === undefined ? [] : [{ ...found, skill: found.skill }]));
}

function routeSkill({ skill, trust }: UsableSkill, committed: boolean): RouteSkill {
  const { name, description, tags, class: riskClass } = skill;
  const runnable = skill.runner !== undefined && skill.run !== undefined;
  return { name, description, tags, trust, committed, runnable, class: riskClass, needs: needsOf(skill.inputSchema) };
}

function needsOf(schema: { readonly [key: string]: unknown } | undefined): string[] {
  const required = schema?.["required"];
  return Array.isArray(required) ? required.map(String) : [];
}
