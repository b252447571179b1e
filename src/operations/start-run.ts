import { noHistory } from "../agent/history.ts";
import type { Route } from "../agent/route.ts";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { AgentStarted } from "../event/agent-events.ts";
import type { EventRecord } from "../event/events.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { Decision } from "../policy/request.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { agentPart, type PartAsked, type PartResult } from "./agent-part.ts";
import { givenFiles } from "./agent-scratch.ts";
import { requireAgent } from "./agent-shelf.ts";
import { requireConversation } from "./conversation.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { offeredTools } from "./offered-tools.ts";
import { partName } from "./part-name.ts";
import { personName } from "./person.ts";
import { requireObjective, routeWithin } from "./route-objective.ts";
import { withRunLease } from "./run-lease.ts";
import { runSkill, type RunSkillResult } from "./run-skill.ts";
import { watched } from "./watched-run.ts";

/** What whoever started it wants to see while it works. */
export interface RunWatch {
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  /** Each record, as soon as it is on disk. */
  onRecord?: ((record: EventRecord) => void) | undefined;
  /** A model's words as they come, in whole lines, masked. */
  onText?: ((subtask: string, text: string) => void) | undefined;
  /** A budget comes near its end. */
  onAlert?: ((text: string) => void) | undefined;
}

export interface StartRunAsked extends RunWatch {
  cwd: string;
  env: NodeJS.ProcessEnv;
  objective: string;
  /** Without it the objective is routed. */
  agent?: string | undefined;
  /** Tier or `provider/model`, for every role. */
  model?: string | undefined;
  /** Paths of files that go into scratch/input/. */
  files?: readonly string[] | undefined;
  /** A cassette that the models' answers are written into, to be played again by a provider of kind `recorded`. */
  record?: string | undefined;
  /** What it belongs to: the agent is told what was asked and answered in it before. */
  conversation?: string | undefined;
  /** The run's id, where somebody waits for it. */
  run?: string | undefined;
}

export interface AgentRunResult extends Omit<DecidedRun<never>, "value"> {
  kind: "agent";
  root: string;
  /** Undefined when it did not start. */
  end?: PartResult | undefined;
}

/** The objective went to a skill that already solves it. */
export interface SkillRunResult {
  kind: "skill";
  why: readonly string[];
  skill: RunSkillResult;
}

/**
 * Gives an objective to an agent: decided as a person's `agent.spawn`, borne by the budgets, recorded. Where nobody names an agent the objective is routed, and a
 * skill that already solves it is run instead. How it ended is a value; errors are what kept it from being asked: no workspace, `agent/unknown`,
 * `agent/no-objective`, `agent/no-route`, `agent/skill-solves-it` (exit usage).
 */
export async function startRun(asked: StartRunAsked): Promise<AgentRunResult | SkillRunResult> {
  const objective = requireObjective(asked.objective.toWellFormed());
  const { cwd, env } = asked;
  const conversation = asked.conversation === undefined ? undefined : requireConversation(asked.conversation);
  const authority = await loadAuthority(cwd, env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const { choice, why } =
    asked.agent === undefined ? await routed(asked, authority, objective) : { choice: { kind: "agent" as const, name: asked.agent }, why: undefined };
  if (choice.kind === "skill") {
    requireNothingForAgents(asked, choice.name);
    return { kind: "skill", why: why ?? [], skill: await runSkill({ cwd, env, name: choice.name, ...(asked.onDecision && { onDecision: asked.onDecision }) }) };
  }

  const agent = await requireAgent(authority, choice.name);
  const root = asked.run ?? newId("r");
  const files = await givenFiles(cwd, asked.files ?? []);
  const route = why === undefined ? undefined : { agent: choice.name, why };
  const part: Omit<PartAsked, "tools"> = {
    ...asked,
    authority,
    agent,
    root,
    part: 1,
    objective,
    history: noHistory(),
    route,
    conversation,
    files: files.length === 0 ? undefined : files,
    restore: [],
  };
  return withRunLease(stateDir, root, () => decidedPart(asked, part, "run start", stateDir));
}

/** A skill that solves it takes no files and no model, and cannot be detached: what was given for an agent is not dropped without a word. */
function requireNothingForAgents({ files = [], model, record, run, conversation }: StartRunAsked, skill: string): void {
  if (files.length === 0 && model === undefined && record === undefined && run === undefined && conversation === undefined) return;
  throw new AgentctlError(
    "agent/skill-solves-it",
    `the skill ${skill} already does this, and --file, --model, --record, --conversation and --detach are for agents`,
    {
      hint: `agentctl skill run ${skill}     or name who does it: --agent …`,
      exit: "usage",
    },
  );
}

/**
 * One part as one run: decided, borne, watched. `run start`, `run resume` and `run fork` go through here. Errors (exit usage) before anything is asked or on
 * record: `workspace/bad-config` of `tools.off`, `agent/unknown-tool`, llm/unwritable-cassette.
 */
export async function decidedPart(
  watch: RunWatch,
  given: Omit<PartAsked, "tools"> & { run?: string | undefined; earlier?: readonly AgentStarted[] | undefined },
  command: string,
  stateDir: string,
): Promise<AgentRunResult> {
  const { authority, env, agent, objective, root, part, record } = given;
  const asked: PartAsked = { ...given, tools: await offeredTools(agent, authority, env, given.earlier) };
  if (record !== undefined) (await import("../llm/recording.ts")).requireCassette(record);
  const { value, ...ended } = await decidedAction<PartResult>(
    { authority, stateDir },
    {
      command: `${command} ${agent.name}`,
      request: {
        action: "agent.spawn",
        class: "W",
        actor: { kind: "person", name: personName() },
        args: { agent: agent.name, level: agent.level, objective: objective.slice(0, 400) },
      },
      amounts: { wallMs: Math.max(0, agent.limits.wallMs - asked.history.wallMs) },
      env,
      agent: agent.name,
      run: partName(root, part),
      onDecision: watch.onDecision,
    },
    (open) => agentPart(watched(open, watch.onRecord), asked),
  );
  return { kind: "agent", ...ended, root, end: value };
}

/** Who an objective is for. Error (exit usage): `agent/no-route`. */
async function routed(
  asked: StartRunAsked,
  authority: Authority,
  objective: string,
): Promise<{ choice: NonNullable<Route["choice"]>; why: readonly string[] }> {
  const { choice, why } = await routeWithin({ cwd: asked.cwd, env: asked.env, objective }, authority);
  if (choice !== null) return { choice, why };
  throw new AgentctlError("agent/no-route", `no agent of the commit fits: ${why.join("; ")}`, { hint: "agentctl agent     then --agent NAME", exit: "usage" });
}
