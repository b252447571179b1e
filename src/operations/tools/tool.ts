import type { Agent, ToolDefinition } from "../../agent/agent.ts";
import type { ActionRequest, RiskClass } from "../../policy/request.ts";
import type { Authority } from "../load-authority.ts";
import type { OpenRun } from "../in-run.ts";
import type { RunSidecar } from "../run-sidecar.ts";
import type { Sandbox } from "../sandbox.ts";

/** What a tool does is decided as these actions, each by itself; the strictest answer counts. The actor is filled in; so are tool, class and args where they are not given. */
export type ToolAction = Omit<ActionRequest, "actor" | "class"> & { class?: ActionRequest["class"] };

export interface ToolContext {
  open: OpenRun;
  authority: Authority;
  env: NodeJS.ProcessEnv;
  agent: Agent;
  /** The run whose work this is, whatever part of it goes on now. */
  root: string;
  /** Names the call within the run, e.g. `s1.2.1`; the same in a replay. */
  key: string;
  /** Opens at first use: a run that touches no file starts no container. */
  sandbox: () => Promise<Sandbox>;
  /** The run's Python kernel; absent where it has none. */
  sidecar?: () => Promise<RunSidecar>;
  /** Id of the decision that allowed it. */
  decision: string;
  signal: AbortSignal;
}

/** A file of the scratch volume that a call made, changed or removed. */
export interface ScratchChange {
  /** `scratch/…` */
  path: string;
  /** Absent when it was removed, or is too large to be kept by digest. */
  sha256?: string;
  bytes?: number;
  removed?: boolean;
}

export interface ToolResult {
  outcome: "ok" | "failed" | "timeout" | "refused";
  /** What the model reads; masked and bounded by the caller. */
  text: string;
  /** For the record and for programs. */
  data?: unknown;
  artifacts?: readonly { path: string; sha256: string; bytes: number }[];
  changes?: readonly ScratchChange[];
}

/** What one call is, where its arguments decide that. */
export interface CallTraits {
  class: RiskClass;
  repeatable: boolean;
}

/** What an agent can do. `args` fit `parameters` when these are called. */
export interface Tool extends ToolDefinition {
  /** A person answers it: whoever drives the agent suspends the run, and their note is the result; `run` only throws. */
  asksPerson?: true;
  /** Of this very call, instead of `class` and `repeatable`, which hold where this is not asked. Errors: those of `actions`. */
  traits?(args: Record<string, unknown>, context: Omit<ToolContext, "decision">): Promise<CallTraits>;
  /**
   * What policy is asked, beside `tool.call` of this tool. May look things up (a skill's trust), never acts. Rejects with an AgentctlError for what cannot
   * be asked at all (an unknown skill, a path with a second spelling); its message goes to the model. Asked in the process that runs the call, and for its
   * key: `run` refuses a call whose files are no longer those that policy was told of.
   */
  actions(args: Record<string, unknown>, context: Omit<ToolContext, "decision">): Promise<readonly ToolAction[]> | readonly ToolAction[];
  /** Does it. What the tool itself finds wrong is a result; rejects only when work has to stop, or for a fault of ours. */
  run(args: Record<string, unknown>, context: ToolContext): Promise<ToolResult>;
}
