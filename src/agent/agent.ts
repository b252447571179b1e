import type { AutonomyCaps } from "../policy/autonomy.ts";
import type { RiskClass } from "../policy/request.ts";
import type { ToolSpec } from "./message.ts";

/** Limits of one agent's work on one objective; each is checked before the next step. */
export interface AgentLimits {
  /** Model calls of a subtask. */
  iterations: number;
  /** Input and output of all model calls together. */
  tokens: number;
  costUsd: number;
  wallMs: number;
  /** Of one answer. */
  outputTokens: number;
}

/** What an answer is held to before it counts. */
export interface OutputChecks {
  /** JSON Schema that the answer, as JSON, must fit. */
  schema?: { readonly [key: string]: unknown } | undefined;
  /** Every figure's source must be cited: `[call-key]` of a tool call, or a path that was read. */
  sources: boolean;
  /** A skill whose tests must pass, or `scratch` for the tests that the agent wrote. */
  tests?: string | undefined;
}

/** An agent as it stands in the commit: agent.yaml and prompt.md. */
export interface Agent {
  name: string;
  description: string;
  version: string;
  /** Autonomy level, 1 to 4: the most that it may ever have. */
  level: number;
  /** Lower levels for single classes, and the day on which it was given another chance. */
  autonomy?: AutonomyCaps | undefined;
  /** Tier or `provider/model` of its own work; planner and critic have the role's. */
  model?: string | undefined;
  temperature?: number | undefined;
  /** Names of the tools it may use. */
  tools: readonly string[];
  /** Tools that ask a person even where policy allows them. */
  approval: readonly string[];
  /** Whether an objective is split into subtasks first. */
  plan: boolean;
  /** How often a critic may send an answer back; 0 for none. */
  criticRounds: number;
  limits: AgentLimits;
  output: OutputChecks;
  /** Phrases that say what it is for; for routing. */
  intents: readonly string[];
  /** prompt.md */
  prompt: string;
  /** SHA-256 over its files. */
  digest: string;
}

/** A tool as agents know it; what it does is wired by operations. */
export interface ToolDefinition extends ToolSpec {
  /** Exactly one. */
  class: RiskClass;
  /** Doing it twice does no more than doing it once: after a crash it is simply done again. Others are asked about. */
  repeatable: boolean;
}
