import { route, type Route } from "../agent/route.ts";
import { AgentctlError } from "../base/errors.ts";
import { lockPath } from "../skill/lock.ts";
import { agentsOf } from "./agent-shelf.ts";
import { pastAgentRuns } from "./past-agent-runs.ts";
import { openShelf, type ShelfPlace } from "./skill-shelf.ts";
import { openPolicies } from "./policy-sources.ts";
import { openSkills } from "./route-skills.ts";

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
  const [files, runs] = await Promise.all([
    commit === undefined ? [] : repository.readTree(commit, ["agents", lockPath]),
    pastAgentRuns(workspace.stateDir, asked.warn),
  ]);
  const shelf = await openShelf(asked, { ...place, lock: files.find(({ path }) => path === lockPath)?.data ?? null });
  const agents = agentsOf(
    files.filter(({ path }) => path !== lockPath),
    { compile: false },
  );
  const usable = agents.flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
  const skills = openSkills(shelf, place);
  // A skill is read whole, and compared with the commit, only when the choice depends on it: there may be many.
  for (;;) {
    const routed = route(objective, { agents: usable, skills: skills.known(), runs, given: asked.given });
    if (!(await skills.learn(routed))) return routed;
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
