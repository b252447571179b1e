import { historyOf, nameOf, type History } from "../agent/history.ts";
import { remembered, type Divergence, type LivePorts } from "../agent/remembered.ts";
import { runAgent, type AgentEnd } from "../agent/run-agent.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Decision } from "../policy/request.ts";
import { findWorkspace } from "../workspace/find.ts";
import { historyOfRecord, readAgentRecord, type AgentRecord } from "./agent-record.ts";
import { openMeter } from "./agent-meter.ts";
import { requireAgent } from "./agent-shelf.ts";
import { withConversation } from "./conversation.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { maskFor } from "./mask-for.ts";
import { decideByAll, morePolicies, type MorePolicies } from "./more-policies.ts";
import { short } from "./timeline-words.ts";
import { offeredTools } from "./offered-tools.ts";
import { toolsDigest } from "./tools/registry.ts";

export interface ReplayResult {
  root: string;
  /** Nothing differs, as far as the record goes. */
  identical: boolean;
  /** Steps that were replayed. */
  models: number;
  tools: number;
  decisions: number;
  /** In the order in which they showed; the first one is where it began to differ. */
  divergences: Divergence[];
  /** How it ends now; undefined where the record ends first. */
  outcome: AgentEnd["outcome"] | undefined;
  answer?: string | undefined;
  /** Where the record ends before the work does. */
  recordEnds?: string | undefined;
}

/** Marks the end of the record in a replay; behind it is nothing. */
class RecordEnds extends Error {}

/**
 * The same run from its record: the loop, the agent, the tools and the policies are today's, everything that models and the world said is the record's. It asks
 * no model, starts nothing, reaches nothing and writes nothing. Errors: those of reading the run.
 */
export async function replayRun(asked: { cwd: string; env: NodeJS.ProcessEnv; run: string }): Promise<ReplayResult> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const record = await readAgentRecord(stateDir, asked.run);
  const history = historyOfRecord(record);
  const agent = await requireAgent(authority, record.started.agent);
  const tools = await offeredTools(agent, authority, asked.env);
  const mask = maskFor(stateDir, asked.env, { names: authority.config.values.mask.names, secrets: authority.config.secrets });

  const policy = record.started.forkOf?.policy;
  const divergences: Divergence[] = [
    ...changedParts(record, { agentDigest: agent.digest, toolsDigest: toolsDigest(tools) }),
    ...changedDecisions(record, history, authority, policy === undefined ? undefined : await morePolicies(authority, policy)),
  ];
  const onDivergence = (divergence: Divergence): void => void divergences.push(divergence);
  const ports = remembered({ history, live: nothing(history), onDivergence, retries: false });
  const specs = tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  const { model, limits, conversation } = record.started;
  const objective = withConversation(record.started.objective, conversation);
  const asThen = { ...agent, prompt: mask(agent.prompt), limits: { ...agent.limits, ...(limits as Partial<typeof agent.limits>) } };
  let end: AgentEnd | undefined;
  let recordEnds: string | undefined;
  try {
    end = await runAgent({ agent: asThen, model, objective, tools: specs, ports });
  } catch (thrown) {
    if (!(thrown instanceof RecordEnds)) throw thrown;
    recordEnds = thrown.message;
  }
  if (end !== undefined && history.finished !== undefined) divergences.push(...changedEnd(end, history.finished));
  return {
    root: record.root,
    identical: divergences.length === 0,
    models: [...history.models.values()].filter(({ answered }) => answered !== undefined).length,
    tools: [...history.tools.values()].filter(({ finished }) => finished !== undefined).length,
    decisions: history.decisions.size,
    divergences,
    outcome: end?.outcome,
    answer: end?.answer,
    recordEnds,
  };
}

/** Behind the record: calls that waited wait again, everything else ends the replay. */
function nothing(history: History): LivePorts {
  const meter = openMeter({ iterations: Infinity, tokens: Infinity, costUsd: Infinity, wallMs: Infinity, outputTokens: Infinity }, 0);
  return {
    ask: async ({ key }) => over(key),
    async act({ key }) {
      const approval = history.approvals.get(key)?.approval;
      return approval === undefined ? over(key) : { waits: true, approval };
    },
    actAgain: async ({ key }) => over(key),
    limit: async () => undefined,
    maySplit: async () => over("plan"),
    check: async () => [],
    record: async (kind, data) => over(nameOf(kind, data)),
    count: meter.count,
  };
}

function over(at: string): never {
  throw new RecordEnds(at);
}

function changedParts({ started }: AgentRecord, now: { agentDigest: string; toolsDigest: string }): Divergence[] {
  const found: Divergence[] = [];
  if (started.agentDigest !== now.agentDigest)
    found.push({ key: "agent", what: "prompt", message: `agents/${started.agent} was ${short(started.agentDigest)}, is ${short(now.agentDigest)}` });
  if (started.toolsDigest !== now.toolsDigest)
    found.push({ key: "tools", what: "tool", message: `the tools were ${short(started.toolsDigest)}, are ${short(now.toolsDigest)}` });
  return found;
}

/** Every recorded request, decided again by today's policies; what a fork's agent asked, by those of its other commit too. */
function changedDecisions({ records, kept }: AgentRecord, { decisions }: History, authority: Authority, more: MorePolicies | undefined): Divergence[] {
  const own = historyOf(records.slice(kept)).decisions;
  return [...decisions.values()].flatMap((then): Divergence[] => {
    const past = then as unknown as Decision;
    const both = own.has(past.id) && past.request.actor.kind === "agent";
    const now = decideByAll(past.request, authority, both ? more : undefined, past.id);
    const same = canonicalJson(said(past)) === canonicalJson(said(now));
    return same ? [] : [{ key: past.id, what: "policy", message: `${past.request.action}: ${wordOf(past)} became ${wordOf(now)}` }];
  });
}

function said({ effect, rules, reason, at, would, request }: Decision): object {
  return JSON.parse(JSON.stringify({ effect, rules, reason, at, would, request })) as object;
}

function wordOf({ effect, rules }: Decision): string {
  return `${effect} (${rules[0] ?? "no rule"})`;
}

function changedEnd(end: AgentEnd, past: { outcome: string; answer?: string }): Divergence[] {
  if (end.outcome === past.outcome && end.answer === past.answer) return [];
  return [
    { key: "end", what: "answer", message: `it ended ${past.outcome}, and ends ${end.outcome}${end.answer === past.answer ? "" : " with another answer"}` },
  ];
}
