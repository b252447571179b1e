import type { Agent } from "../agent/agent.ts";
import { declaredLevel } from "../policy/autonomy.ts";
import { decide } from "../policy/decide.ts";
import { effects, type Decision, type Effect } from "../policy/request.ts";
import { AgentctlError } from "../base/errors.ts";
import { historyOfRecord, readAgentRecord } from "./agent-record.ts";
import type { Authority } from "./load-authority.ts";
import { pastAgentRuns } from "./past-agent-runs.ts";

export interface PermitsReplayed {
  runs: number;
  /** Calls that were allowed and went well. */
  calls: number;
  /** Those that base's agent can make today and head's cannot. */
  worse: { run: string; key: string; tool: string; why: string }[];
  /** Those that would ask a person now. */
  asks: number;
  /** Runs whose record cannot be read. */
  unreadable: number;
}

export const runsMax = 20;

/**
 * Every call of an agent's last runs that was allowed and went well, decided again for base's agent and for head's: offered tools, level, approval list.
 * It starts nothing. Errors: when work has to stop.
 */
export async function replayPermits(asked: {
  stateDir: string;
  authority: Authority;
  base: Agent;
  head: Agent;
  most?: number;
  signal: AbortSignal;
}): Promise<PermitsReplayed> {
  const { stateDir, authority, base, head, most = runsMax, signal } = asked;
  const result: PermitsReplayed = { runs: 0, calls: 0, worse: [], asks: 0, unreadable: 0 };
  const runs = (await pastAgentRuns(stateDir)).filter(({ agent }) => agent === base.name).slice(0, most);
  for (const { root } of runs) {
    signal.throwIfAborted();
    const history = await readHistory(stateDir, root);
    if (history === undefined) {
      result.unreadable += 1;
      continue;
    }
    result.runs += 1;
    for (const [key, { asked: call, finished }] of history.tools) {
      if (call.refused === true || finished?.outcome !== "ok") continue;
      const then = call.decisions.flatMap((id) => history.decisions.get(id) ?? []) as unknown as Decision[];
      const before = permitOf(base, call.tool, then, authority);
      if (before === "deny") continue;
      result.calls += 1;
      const now = permitOf(head, call.tool, then, authority);
      if (now === "deny")
        result.worse.push({
          run: root,
          key,
          tool: call.tool,
          why: head.tools.includes(call.tool) ? `level ${head.level} is denied it` : "it is not offered any more",
        });
      else if (effects.indexOf(now) > effects.indexOf(before)) result.asks += 1;
    }
  }
  return result;
}

function permitOf(agent: Agent, tool: string, decisions: readonly Decision[], { set, commit }: Authority): Effect {
  if (!agent.tools.includes(tool)) return "deny";
  const now = new Set(
    decisions.map(({ request, id }) => {
      const { actor } = request;
      return decide({ ...request, actor: actor.kind === "agent" ? { ...actor, name: agent.name, level: declaredLevel(agent, request.class) } : actor }, set, {
        id,
        commit,
      }).effect;
    }),
  );
  const strictest = effects.findLast((effect) => now.has(effect)) ?? "allow";
  return strictest === "allow" && agent.approval.includes(tool) ? "approve" : strictest;
}

async function readHistory(stateDir: string, root: string): Promise<ReturnType<typeof historyOfRecord> | undefined> {
  try {
    return historyOfRecord(await readAgentRecord(stateDir, root));
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.exit !== "halted" && thrown.exit !== "interrupted") return undefined;
    throw thrown;
  }
}
