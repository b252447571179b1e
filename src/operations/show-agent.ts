import { sha256 } from "../base/digest.ts";
import type { Finding } from "../base/finding.ts";
import { readPolicies } from "../policy/read-policies.ts";
import { riskClasses, type RiskClass } from "../policy/request.ts";
import type { Agent } from "../agent/agent.ts";
import { committedAgent, committedAgents, isAgentName, unknownAgent, workingAgent, workingNames } from "./agent-shelf.ts";
import { levelIn } from "./autonomy-level.ts";
import { stateOf, successRate, type AgentState } from "./list-agents.ts";
import { pastAgentRuns, type PastAgentRun } from "./past-agent-runs.ts";
import { openPolicies, type PolicySources } from "./policy-sources.ts";
import { toolPermits, type ToolPermit } from "./tool-permits.ts";

export interface AgentReport {
  name: string;
  state: AgentState;
  /** Which of the two is shown: what runs, or the draft on disk. */
  from: "commit" | "disk";
  /** That agents and policies are read from; null while there is none. */
  commit: string | null;
  /** Null when it cannot be used; findings say why. */
  agent: Agent | null;
  /** Of each class, now: what breaches took is off. */
  levels: Record<RiskClass, number> | null;
  digest: string;
  permits: ToolPermit[];
  files: { path: string; bytes: number; sha256: string }[];
  runs: number;
  successRate: number | null;
  lastRuns: PastAgentRun[];
  findings: Finding[];
  /** What a person should know beside it. */
  warnings: string[];
}

/**
 * Everything about one agent: that of the commit, which runs; with `edited`, or where the commit has none, the draft on disk. Errors (exit usage):
 * `agent/unknown` with the nearest name.
 */
export async function showAgent(asked: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  name: string;
  edited?: boolean;
  warn?: (text: string) => void;
}): Promise<AgentReport> {
  const { name } = asked;
  const sources = await openPolicies(asked.cwd, asked.env);
  const { workspace, repository, commit } = sources;
  const known = isAgentName(name);
  const [there, here, runs, set] = await Promise.all([
    known && commit !== undefined ? committedAgent({ repository, commit }, name) : undefined,
    known && workingNames(workspace.root).includes(name) ? workingAgent(workspace.root, name) : undefined,
    pastAgentRuns(workspace.stateDir, asked.warn),
    sources.committed().then((files) => readPolicies(files).set),
  ]);
  const shown = asked.edited === true ? here : (there ?? here);
  if (shown === undefined) throw unknownAgent(name, await allNames(sources), asked.edited === true ? "on disk" : "in this workspace");
  const state = stateOf(there, here);
  const from = shown === here ? "disk" : "commit";
  const own = runs.filter(({ agent }) => agent === name);
  const { agent = null, digest, folder, files, findings } = shown;
  const levels =
    agent === null ? null : (Object.fromEntries(riskClasses.map((of) => [of, levelIn(workspace.stateDir, agent, of)])) as Record<RiskClass, number>);
  return {
    name,
    state,
    from,
    commit: commit ?? null,
    agent,
    levels,
    digest,
    permits: agent === null || levels === null ? [] : toolPermits(agent, { set, commit: commit ?? "none", level: (of) => levels[of] }),
    files: files
      .map(({ path, data }) => ({ path: `${folder}/${path}`, bytes: data.byteLength, sha256: sha256(data) }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    runs: own.length,
    successRate: successRate(own.map(({ outcome }) => outcome)),
    lastRuns: own.slice(0, 5),
    findings,
    warnings: warningsOf(name, state, from, commit),
  };
}

async function allNames({ workspace, repository, commit }: PolicySources): Promise<string[]> {
  const committed = commit === undefined ? [] : await committedAgents({ repository, commit });
  return [...new Set([...committed.map(({ name }) => name), ...workingNames(workspace.root)])].toSorted();
}

function warningsOf(name: string, state: AgentState, from: AgentReport["from"], commit: string | undefined): string[] {
  const at = commit?.slice(0, 7) ?? "any commit";
  if (state === "new") return [`agents/${name} is not in ${at}: it does not run before it is committed`];
  if (state === "removed") return [`agents/${name} is gone from the disk, and runs as long as it is in ${at}`];
  if (state === "committed") return [];
  return [
    from === "commit"
      ? `agents/${name} on disk differs from ${at}, which is shown and which runs     agentctl agent show ${name} --edited`
      : `this is agents/${name} on disk; ${at} is what runs`,
  ];
}
