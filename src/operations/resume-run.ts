import type { Agent, AgentLimits } from "../agent/agent.ts";
import { AgentctlError } from "../base/errors.ts";
import { nextPart } from "../ledger/agent-runs.ts";
import { declaredLevel, type AutonomyCaps } from "../policy/autonomy.ts";
import { riskClasses } from "../policy/request.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { historyOfRecord, partsBegun, readAgentRecord, requireWhole } from "./agent-record.ts";
import { laneOnRecord } from "./claim-lane.ts";
import { requireAgent } from "./agent-shelf.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { morePolicies } from "./more-policies.ts";
import { partOf } from "./part-name.ts";
import { recoverRuns } from "./recover-runs.ts";
import { withRunLease } from "./run-lease.ts";
import { scratchOf } from "./scratch-of.ts";
import { decidedPart, type AgentRunResult, type RunWatch } from "./start-run.ts";

export interface ResumeRunAsked extends RunWatch {
  cwd: string;
  env: NodeJS.ProcessEnv;
  run: string;
  /** A cassette that the models' answers are written into. */
  record?: string | undefined;
}

/**
 * Goes on with an agent's run that waited, was killed, failed or reached a limit, as a further part of it. What is on record is not done again: a model that
 * answered is not asked, a call with a receipt is not made, one whose end nobody knows is done again only where that does no harm or a person says so.
 * Errors: `trace/unknown-run`, `agent/not-an-agent-run`, `agent/done`, `agent/busy` (exit usage),
 * `agent/missing-part` (exit verification).
 */
export async function resumeRun(asked: ResumeRunAsked): Promise<AgentRunResult> {
  const { cwd, env } = asked;
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  const { root } = await readAgentRecord(stateDir, asked.run);
  return withRunLease(stateDir, root, async (ledger) => {
    await recoverRuns(ledger, stateDir, maskFor(stateDir, env));
    // Read under the lease: what another process did until just now counts.
    const record = await readAgentRecord(stateDir, root);
    requireWhole(ledger, record);
    const history = historyOfRecord(record);
    if (history.finished?.outcome === "ok") {
      throw new AgentctlError("agent/done", `the run ${root} has its answer`, {
        hint: `agentctl run show ${root}     agentctl run fork ${root} --at …`,
        exit: "usage",
      });
    }
    const agent = await agentOf(authority, record.started.agent, record.begun.policy.commit);
    const { objective, model, forkOf, conversation } = record.started;
    const more = forkOf?.policy === undefined ? undefined : await morePolicies(authority, forkOf.policy);
    const part = nextPart(ledger, root) ?? (partOf(root, record.parts.at(-1) ?? root) ?? 1) + 1;
    const restore = scratchOf(record.records);
    const lane = laneOnRecord(ledger, root, record.records);
    const earlier = partsBegun(record.records);
    const going = { ...asked, lane, earlier, authority, morePolicies: more, agent, root, part, objective, model, conversation, history, forkOf, restore };
    return decidedPart(asked, going, "run resume", stateDir);
  });
}

/** The agent as it was when the run began, with no more than it has today: what was taken from it since is taken from its runs, too. */
async function agentOf(authority: Authority, name: string, commit: string): Promise<Agent> {
  const now = await requireAgent(authority, name);
  const then = await requireAgent({ ...authority, commit }, name);
  return {
    ...then,
    level: Math.min(then.level, now.level),
    autonomy: lesserCaps(then, now),
    tools: then.tools.filter((tool) => now.tools.includes(tool)),
    approval: [...new Set([...then.approval, ...now.approval])],
    limits: lesser(then.limits, now.limits),
  };
}

function lesserCaps(then: Agent, now: Agent): AutonomyCaps {
  const caps = Object.fromEntries(riskClasses.map((each) => [each, Math.min(declaredLevel(then, each), declaredLevel(now, each))]));
  return { ...caps, renewed: now.autonomy?.renewed };
}

function lesser(a: AgentLimits, b: AgentLimits): AgentLimits {
  const least = (name: keyof AgentLimits): number => Math.min(a[name], b[name]);
  return { iterations: least("iterations"), tokens: least("tokens"), costUsd: least("costUsd"), wallMs: least("wallMs"), outputTokens: least("outputTokens") };
}
