import { historyOf } from "../agent/history.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { partsBegun, readAgentRecord, requireWhole } from "./agent-record.ts";
import { laneOnRecord } from "./claim-lane.ts";
import { requireAgent } from "./agent-shelf.ts";
import { loadAuthority } from "./load-authority.ts";
import { morePolicies } from "./more-policies.ts";
import { withRunLease } from "./run-lease.ts";
import { scratchOf } from "./scratch-of.ts";
import { decidedPart, type AgentRunResult, type RunWatch } from "./start-run.ts";

export interface ForkRunAsked extends RunWatch {
  cwd: string;
  env: NodeJS.ProcessEnv;
  run: string;
  /** How many of its records are kept, as `run show` numbers them. */
  at: number;
  /** A commit whose policies decide, too. */
  policy?: string | undefined;
  model?: string | undefined;
}

/**
 * Continues a run otherwise, from a place in its record, as a run of its own: what came before that place is kept, its scratch files too. The policies of another
 * commit can only make the fork stricter: what they allow and the protected branch does not stays denied. Errors (exit usage): those of reading the run,
 * `agent/bad-place`, `policy/unknown-revision`; `agent/missing-part` (exit verification).
 */
export async function forkRun(asked: ForkRunAsked): Promise<AgentRunResult> {
  const { cwd, env, at, model } = asked;
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  const record = await readAgentRecord(stateDir, asked.run);
  if (at < 1 || at > record.records.length) {
    throw new AgentctlError("agent/bad-place", `${record.root} has ${record.records.length} records; ${at} is none of them`, {
      hint: `agentctl run show ${record.root}`,
      exit: "usage",
    });
  }
  const kept = record.records.slice(0, at);
  const agent = await requireAgent(authority, record.started.agent);
  const more = asked.policy === undefined ? undefined : await morePolicies(authority, asked.policy);
  const root = newId("r");
  // Its own time: what the other run took is not this one's.
  const history = { ...historyOf(kept), finished: undefined, wallMs: 0 };
  const { objective, conversation } = record.started;
  const part = {
    ...asked,
    authority,
    agent,
    root,
    part: 1,
    objective,
    conversation,
    model: model ?? record.started.model,
    history,
    morePolicies: more,
    restore: scratchOf(kept),
  };
  const forkOf = { run: record.root, at, ...(more !== undefined && { policy: more.commit }) };
  return withRunLease(stateDir, root, async (ledger) => {
    requireWhole(ledger, record);
    // Of the whole run, wherever the fork begins: what people do with a fork, they know of the run.
    const lane = laneOnRecord(ledger, record.root, record.records);
    return decidedPart(asked, { ...part, lane, earlier: partsBegun(record.records), forkOf }, "run fork", stateDir);
  });
}
