import type { Agent } from "../agent/agent.ts";
import type { History } from "../agent/history.ts";
import type { Model } from "../agent/model.ts";
import type { AgentPorts } from "../agent/ports.ts";
import { remembered, type Divergence, type LivePorts } from "../agent/remembered.ts";
import { runAgent, type AgentEnd } from "../agent/run-agent.ts";
import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import type { AgentFinished, AgentStarted } from "../event/agent-events.ts";
import type { EventKind } from "../event/events.ts";
import { addAgentRun, endAgentRun } from "../ledger/agent-runs.ts";
import { actAgain, actTool, type Acting } from "./act-tool.ts";
import { openMeter, type AgentMeter } from "./agent-meter.ts";
import { agentSidecar, type AgentSidecar } from "./agent-sidecar.ts";
import { agentScratch, type AgentScratch, type GivenFile } from "./agent-scratch.ts";
import { askModel } from "./ask-model.ts";
import { noteCall, openChecks, type RunFacts } from "./check-answer.ts";
import { watchBreaches } from "./autonomy-level.ts";
import { requireLane, untrustedFile, type Lane } from "./claim-lane.ts";
import { openJudge } from "./decide-call.ts";
import { keepTurn, tellConversation, withConversation, type Conversation } from "./conversation.ts";
import type { OpenRun, RunOutcome } from "./in-run.ts";
import type { Authority } from "./load-authority.ts";
import type { MorePolicies } from "./more-policies.ts";
import { openModels } from "./open-models.ts";
import { sidecarTool, toolsDigest } from "./tools/registry.ts";
import type { ScratchChange, Tool } from "./tools/tool.ts";
import { withDeadline } from "./with-deadline.ts";

/** What one part of an agent's run works on. */
export interface PartAsked {
  authority: Authority;
  /** Of a fork: decides beside the authority, and the stricter answer counts. */
  morePolicies?: MorePolicies | undefined;
  env: NodeJS.ProcessEnv;
  agent: Agent;
  root: string;
  /** From 1. */
  part: number;
  /** Those of the agent that the configuration leaves on. */
  tools: readonly Tool[];
  objective: string;
  model?: string | undefined;
  history: History;
  forkOf?: AgentStarted["forkOf"];
  /** Of the run that this one goes on with, or is a fork of. */
  lane?: { lane: Lane; why: string } | undefined;
  route?: object | undefined;
  /** That it belongs to: its name, or what the record says that the agent was told of it. */
  conversation?: string | Conversation | undefined;
  /** Those that a person gives with the objective. */
  files?: readonly GivenFile[] | undefined;
  /** What lies in the scratch by the record. */
  restore: readonly ScratchChange[];
  /** A cassette that the models' answers are written into. */
  record?: string | undefined;
  onDivergence?: ((divergence: Divergence) => void) | undefined;
  onText?: ((subtask: string, text: string) => void) | undefined;
  onAlert?: ((text: string) => void) | undefined;
}

export interface PartResult {
  root: string;
  agent: string;
  outcome: AgentFinished["outcome"];
  answer?: string | undefined;
  why?: string | undefined;
  /** Approvals. */
  waitsFor: string[];
  iterations: number;
  toolCalls: number;
  tokens: number;
  costUsd: number;
}

const runOutcomes: Readonly<Record<AgentFinished["outcome"], RunOutcome>> = {
  ok: "ok",
  failed: "failed",
  waiting: "waiting",
  limit: "budget",
  denied: "denied",
};

/** Works on an objective within an open run until it ends, waits for people, or has to stop. What is on record is not done again. */
export async function agentPart(given: OpenRun, asked: PartAsked): Promise<{ outcome: RunOutcome; value: PartResult }> {
  const { agent, root, part, history } = asked;
  const open = watchBreaches(given, agent);
  const conversation = await conversationOf(open, asked);
  await open.recorder.append("agent.started", startOf(open, asked, conversation));
  if (part > 1) endAgentRun(open.ledger, root, "running");
  else addAgentRun(open.ledger, { root, agent: agent.name, objective: open.mask(asked.objective), started: isoTime(systemClock.nowMs()) });
  const meter = openMeter(agent.limits, history.wallMs);
  const scratch = agentScratch({ ...asked, open, files: asked.files ?? [] });
  const sidecar = agentSidecar({ ...asked, open, sandbox: () => scratch.open() });
  let outcome: string = "interrupted";
  try {
    await enterLane(open, asked);
    const end = await withinTime(open, asked, { meter, scratch, sidecar, conversation });
    outcome = end.outcome;
    if (conversation !== undefined && asked.forkOf === undefined && end.outcome === "ok" && end.answer !== undefined)
      keepTurn(open, { root, conversation: conversation.name, objective: asked.objective, answer: end.answer }, asked.authority.config);
    const ended = { ...meter.spent(), ...end, waitsFor: [...end.waitsFor] };
    await open.recorder.append("agent.finished", { root, ...defined(ended) });
    return { outcome: runOutcomes[end.outcome], value: { root, agent: agent.name, ...ended } };
  } finally {
    endAgentRun(open.ledger, root, outcome);
    await sidecar.close();
    await scratch.close(outcome === "ok");
  }
}

/** What a part works with, beside what was asked. */
interface Means {
  meter: AgentMeter;
  scratch: AgentScratch;
  sidecar: AgentSidecar;
  conversation: Conversation | undefined;
}

/** By name it is looked up once, before the run begins; from then on the record says what was told. */
async function conversationOf(open: OpenRun, { root, conversation, authority }: PartAsked): Promise<Conversation | undefined> {
  return typeof conversation === "string" ? tellConversation(open, root, conversation, authority.config) : conversation;
}

/** What the run it goes on with has touched, this one holds, and so it does with files that it is given. Error (exit denied): `sidecar/other-lane`. */
async function enterLane(open: OpenRun, { root, lane, files = [] }: PartAsked): Promise<void> {
  if (lane !== undefined) await requireLane({ open, root }, lane.lane, lane.why);
  for (const file of files) {
    const why = untrustedFile(open.ledger, file);
    if (why !== undefined) await requireLane({ open, root }, "untrusted", why);
  }
}

/** The hard end of the time; between two steps the meter sees it first. */
async function withinTime(open: OpenRun, asked: PartAsked, means: Means): Promise<AgentEnd> {
  const { wallMs } = asked.agent.limits;
  const late = new AgentctlError("agent/out-of-time", `wallMs: the ${wallMs} ms of agent ${asked.agent.name} are over`, { exit: "timeout" });
  try {
    return await withDeadline(open, means.meter.leftMs(), late, (timed) => work(timed, asked, means));
  } catch (thrown) {
    if (thrown !== late) throw thrown;
    await open.recorder.append("limit.reached", { key: "run", limit: "wallMs", used: wallMs, most: wallMs });
    return { outcome: "limit", why: late.message, waitsFor: [] };
  }
}

async function work(open: OpenRun, asked: PartAsked, { meter, scratch, sidecar, conversation }: Means): Promise<AgentEnd> {
  const { agent, tools, authority, env, root, history, onDivergence = () => undefined } = asked;
  const [objective, prompt] = [open.mask(asked.objective), open.mask(agent.prompt)];
  const hasSidecar = tools.some(({ name }) => name === sidecarTool);
  const works = { open, authority, env, agent, root, sandbox: () => scratch.open(), signal: open.stop };
  const context = hasSidecar ? { ...works, sidecar: () => sidecar.open() } : works;
  const modelOf = modelsBySubtask(open, asked);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const judge = openJudge({
    open,
    authority,
    morePolicies: asked.morePolicies,
    agent,
    root,
    objective,
    model: asked.model,
    ask: (...args) => ports.ask(...args),
  });
  const facts: RunFacts = { keys: new Set(), paths: new Set(pathsOf(asked)) };
  const acting: Acting = { context, agent, objective, tools: byName, judge, meter };
  const live: LivePorts = {
    ask: (step, request, seen) => askModel({ open, modelOf, meter, onText: asked.onText }, step, request, seen),
    act: (step, call) => actTool(acting, step, call),
    actAgain: (step, call, past) => actAgain(acting, step, call, past),
    async limit({ key }, iteration) {
      const hit = meter.hit(iteration);
      if (hit !== undefined) await open.recorder.append("limit.reached", { key, ...hit });
      return hit;
    },
    maySplit: (subtasks) => judge.maySplit(subtasks),
    check: openChecks(agent, facts, (step, call) => ports.act(step, call)),
    async record(kind, data) {
      await open.recorder.append<EventKind>(kind, data);
    },
    count: meter.count,
  };
  const remembering = remembered({ history, live, onDivergence, retries: true });
  const ports: AgentPorts = {
    ...remembering,
    act(step, call) {
      noteCall(facts, step.key, call);
      return remembering.act(step, call);
    },
  };
  const specs = tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  return runAgent({ agent: { ...agent, prompt }, model: asked.model, objective: withConversation(objective, conversation), tools: specs, ports });
}

/** Each subtask asks through a gateway of its own, so that the budgets of subagents bear it. */
function modelsBySubtask(open: OpenRun, asked: PartAsked): (subtask: string) => Model {
  let recorder: ReturnType<typeof cassette> | undefined;
  const recorded = (file: string): ReturnType<typeof cassette> => (recorder ??= cassette(open, file));
  const opened = new Map<string, Promise<Model>>();
  return (subtask) => {
    const found = opened.get(subtask) ?? openModel(open, asked, subtask, recorded);
    opened.set(subtask, found);
    return { ask: async (request, options) => (await found).ask(request, options) };
  };
}

/** All subtasks write into one cassette. */
async function cassette(open: OpenRun, file: string): Promise<(inner: Model) => Model> {
  const { lanesOf, recordingModel } = await import("../llm/recording.ts");
  const lanes = lanesOf(file);
  return (inner) => recordingModel(inner, file, open.mask, lanes);
}

async function openModel(
  open: OpenRun,
  { authority, morePolicies, env, agent, record, onAlert }: PartAsked,
  subagent: string,
  recorded: (file: string) => ReturnType<typeof cassette>,
): Promise<Model> {
  const { model } = await openModels({ authority, morePolicies, env, open, agent, subagent, ...(onAlert && { onAlert }) });
  return record === undefined ? model : (await recorded(record))(model);
}

function startOf(open: OpenRun, asked: PartAsked, conversation: Conversation | undefined): AgentStarted {
  const { agent, tools, root, part, model, forkOf, route } = asked;
  const files = asked.files?.map(({ name: given, sha256, bytes }) => ({ path: `scratch/input/${given}`, sha256, bytes }));
  const { name, digest, level, limits } = agent;
  return {
    root,
    part,
    objective: open.mask(asked.objective),
    agent: name,
    agentDigest: digest,
    level,
    tools: tools.map((tool) => tool.name),
    toolsDigest: toolsDigest(tools),
    limits: { ...limits },
    ...defined({ model, forkOf, files, conversation, route: route && { ...route } }),
  };
}

/** What an answer may cite beside what it read: files that lie there from the start. */
function pathsOf({ files = [], restore }: PartAsked): string[] {
  return [...files.map(({ name }) => `scratch/input/${name}`), ...restore.map(({ path }) => path)];
}

/** Without the members that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
