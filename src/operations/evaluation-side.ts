import { existsSync } from "node:fs";
import { join } from "node:path";
import { committedAgent, workingAgent, workingNames, type ShelvedAgent } from "./agent-shelf.ts";
import { skillOfCommit } from "./judged-call.ts";
import type { Authority } from "./load-authority.ts";
import { openShelf } from "./skill-shelf.ts";
import type { UsableSkill } from "./usable-skill.ts";

/** Where the target of an evaluation is taken from. */
export interface EvaluationSide {
  /** `there` and not `found`: it cannot be used. */
  skill(name: string): Promise<{ found?: UsableSkill; there: boolean }>;
  agent(name: string): Promise<ShelvedAgent | undefined>;
  /** A workspace with its strategies; undefined where nothing is laid out on disk. */
  strategies: { cwd: string; env: NodeJS.ProcessEnv } | undefined;
}

/** A commit; `tree` is where it is laid out as a workspace. */
export function sideOfCommit(authority: Authority, commit: string, tree?: { cwd: string; env: NodeJS.ProcessEnv }): EvaluationSide {
  return {
    skill: (name) => skillOfCommit(authority, commit, name),
    agent: (name) => committedAgent({ repository: authority.repository, commit }, name),
    strategies: tree,
  };
}

/** The working tree. */
export function sideOfDisk(authority: Authority, place: { cwd: string; env: NodeJS.ProcessEnv }): EvaluationSide {
  const { root } = authority.workspace;
  return {
    async skill(name) {
      const shelf = await openShelf(place, authority);
      const at = shelf.places.find((each) => each.name === name);
      if (at === undefined) return { there: false };
      const shelved = await shelf.read(at);
      const { skill } = shelved;
      return skill === undefined ? { there: true } : { there: true, found: { ...shelved, skill } };
    },
    agent: async (name) => (workingNames(root).includes(name) ? workingAgent(root, name) : undefined),
    strategies: place,
  };
}

/** Whether a laid-out workspace has a strategy; the name is one that a strategy can have. */
export function hasStrategy({ cwd }: { cwd: string }, name: string): boolean {
  return existsSync(join(cwd, "strategies", name, "strategy.yaml"));
}
