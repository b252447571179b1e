import type { ChatMessage, ToolCall, ToolSpec } from "./message.ts";

/** What a model is asked for: to split work, to do it, to judge it. */
export const modelRoles = ["planner", "coder", "critic"] as const;
export type ModelRole = (typeof modelRoles)[number];

export interface ModelRequest {
  role: ModelRole;
  /** A tier (`cloud-smart`) or `provider/model`; without it the role's own. */
  model?: string | undefined;
  messages: readonly ChatMessage[];
  tools: readonly ToolSpec[];
  /** Of the answer, in tokens. */
  outputTokensMax: number;
  temperature?: number | undefined;
}

/** One try at one model, also those that failed. */
export interface ModelAttempt {
  /** `provider/model` */
  model: string;
  outcome: "ok" | "error" | "timeout" | "refused" | "unparsable" | "unsure" | "denied" | "budget";
  why?: string | undefined;
  durationMs: number;
}

export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
}

export interface ModelAnswer {
  text: string;
  /** What the model thought aloud, apart from its answer; recorded, never parsed, never sent back. */
  thinking?: string | undefined;
  toolCalls: readonly ToolCall[];
  finish: "stop" | "length" | "tool-calls";
  usage: ModelUsage;
  /** US dollars; 0 of a cached answer. */
  costUsd: number;
  /** `provider/model` that answered. */
  model: string;
  cached: boolean;
  attempts: readonly ModelAttempt[];
}

/** A model that does not answer is a value: the loop decides what becomes of it. */
export type ModelOutcome =
  | { ok: true; answer: ModelAnswer }
  /** `budget`: a limit was reached, named in `limit`; `denied`: policy does not let it be asked; `failed`, `timeout`: of every model of the tier. */
  | { ok: false; outcome: "failed" | "timeout" | "budget" | "denied"; why: string; limit?: string | undefined; attempts: readonly ModelAttempt[] };

export interface AskOptions {
  /** Aborting ends the request at once; what it rejects with is thrown. */
  signal: AbortSignal;
  /** Text as it comes, in whole lines. */
  onText?: ((text: string) => void) | undefined;
}

/** The port to language models. Rejects only for what the caller did (an aborted signal) or a fault of ours. */
export interface Model {
  ask(request: ModelRequest, options: AskOptions): Promise<ModelOutcome>;
}
