import { committedAgents, workingAgent, workingNames, type ShelvedAgent } from "./agent-shelf.ts";
import { pastAgentRuns } from "./past-agent-runs.ts";
import { openPolicies } from "./policy-sources.ts";

/** committed: on disk as in the commit; edited: other files on disk; new: only on disk, so it does not run; removed: only in the commit, so it runs. */
export type AgentState = "committed" | "edited" | "new" | "removed";

export interface AgentRow {
  name: string;
  version: string | null;
  level: number | null;
  /** Null: that of the role. */
  model: string | null;
  tools: string[];
  state: AgentState;
  /** Of the last 500 runs of agents. */
  runs: number;
  /** Of those that ended by themselves, the part that ended well, 0 to 1; null when there is none. */
  successRate: number | null;
  description: string | null;
  /** Why it cannot run; null when it can. */
  problem: string | null;
}

/** Every agent by name: as it stands in the commit, or as it lies on disk where the commit has none. */
export async function listAgents(asked: { cwd: string; env: NodeJS.ProcessEnv; warn?: (text: string) => void }): Promise<AgentRow[]> {
  const { workspace, repository, commit } = await openPolicies(asked.cwd, asked.env);
  const [committed, working, runs] = await Promise.all([
    commit === undefined ? [] : committedAgents({ repository, commit }),
    Promise.all(workingNames(workspace.root).map((name) => workingAgent(workspace.root, name))),
    pastAgentRuns(workspace.stateDir, asked.warn),
  ]);
  const names = [...new Set([...committed, ...working].map(({ name }) => name))].toSorted();
  return names.flatMap((name) => {
    const [there, here] = [committed.find((each) => each.name === name), working.find((each) => each.name === name)];
    const shelved = there ?? here;
    if (shelved === undefined) return [];
    const own = runs.filter(({ agent }) => agent === name).map(({ outcome }) => outcome);
    return [rowOf(shelved, stateOf(there, here), own)];
  });
}

export function stateOf(committed: ShelvedAgent | undefined, working: ShelvedAgent | undefined): AgentState {
  if (committed === undefined) return "new";
  if (working === undefined) return "removed";
  return committed.digest === working.digest ? "committed" : "edited";
}

/** Of outcomes; what still runs, waits or was stopped by a person has not ended by itself. */
export function successRate(outcomes: readonly string[]): number | null {
  const ended = outcomes.filter((outcome) => ["ok", "failed", "limit", "denied"].includes(outcome));
  return ended.length === 0 ? null : ended.filter((outcome) => outcome === "ok").length / ended.length;
}

function rowOf({ name, agent, findings }: ShelvedAgent, state: AgentState, outcomes: readonly string[]): AgentRow {
  return {
    name,
    version: agent?.version ?? null,
    level: agent?.level ?? null,
    model: agent?.model ?? null,
    tools: [...(agent?.tools ?? [])],
    state,
    runs: outcomes.length,
    successRate: successRate(outcomes),
    description: agent?.description ?? null,
    problem: agent === undefined ? (findings.find(({ level }) => level === "error")?.message ?? "it cannot be read") : null,
  };
}
