import type { FromSchema } from "json-schema-to-ts";
import { keptFiles } from "./kept-files.ts";

const usage = {
  type: "object",
  additionalProperties: false,
  required: ["inputTokens", "outputTokens"],
  properties: { inputTokens: { type: "integer" }, outputTokens: { type: "integer" } },
} as const;

const attempts = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["model", "outcome", "durationMs"],
    properties: { model: { type: "string" }, outcome: { type: "string" }, why: { type: "string" }, durationMs: { type: "number" } },
  },
} as const;

const toolCalls = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["id", "name"],
    properties: { id: { type: "string" }, name: { type: "string" }, args: {}, problem: { type: "string" } },
  },
} as const;

/** The intent: on disk before a model is asked. `messages` are those that the last call of the subtask did not have. */
export const modelAsked = {
  type: "object",
  additionalProperties: false,
  required: ["key", "subtask", "role", "digest", "messages", "outputTokensMax"],
  properties: {
    /** Names the call within the run, e.g. `s1.2`. */
    key: { type: "string" },
    subtask: { type: "string" },
    role: { enum: ["planner", "coder", "critic"] },
    model: { type: "string" },
    /** Over the whole request. */
    digest: { type: "string" },
    messages: { type: "array" },
    outputTokensMax: { type: "integer" },
  },
} as const;

export const modelAnswered = {
  type: "object",
  additionalProperties: false,
  required: ["key", "outcome", "attempts", "durationMs"],
  properties: {
    key: { type: "string" },
    outcome: { enum: ["ok", "failed", "timeout", "budget", "denied"] },
    why: { type: "string" },
    limit: { type: "string" },
    text: { type: "string" },
    thinking: { type: "string" },
    toolCalls,
    finish: { enum: ["stop", "length", "tool-calls"] },
    usage,
    costUsd: { type: "number" },
    model: { type: "string" },
    cached: { type: "boolean" },
    attempts,
    durationMs: { type: "number" },
  },
} as const;

/** The intent: on disk before a tool acts. What policy said stands in the decisions before it. */
export const toolAsked = {
  type: "object",
  additionalProperties: false,
  required: ["key", "subtask", "tool", "args", "decisions"],
  properties: {
    /** Names the call within the run, e.g. `s1.2.1`. */
    key: { type: "string" },
    subtask: { type: "string" },
    tool: { type: "string" },
    /** Absent where there is no such tool. */
    class: { enum: ["R", "W", "B", "N", "C", "T"] },
    repeatable: { type: "boolean" },
    args: {},
    /** Ids of the decisions about it. */
    decisions: { type: "array", items: { type: "string" } },
    /** It does not start: policy, people or the call itself say no. */
    refused: { type: "boolean" },
    /** What stood in for an approval: the approval or the grant. */
    approval: { type: "string" },
    grant: { type: "string" },
  },
} as const;

/** The receipt. Without one nobody knows what became of the call. */
export const toolFinished = {
  type: "object",
  additionalProperties: false,
  required: ["key", "tool", "outcome", "text", "durationMs"],
  properties: {
    key: { type: "string" },
    tool: { type: "string" },
    /** `denied`: policy said no; `invalid`: no such tool, or arguments that do not fit; `unknown`: a crash hid its end, and a person said to go on. */
    outcome: { enum: ["ok", "failed", "timeout", "refused", "denied", "invalid", "unknown"] },
    /** What the model reads. */
    text: { type: "string" },
    data: {},
    artifacts: keptFiles,
    changes: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["path"],
        properties: { path: { type: "string" }, sha256: { type: "string" }, bytes: { type: "integer" }, removed: { type: "boolean" } },
      },
    },
    durationMs: { type: "number" },
  },
} as const;

export type ModelAsked = FromSchema<typeof modelAsked>;
export type ModelAnswered = FromSchema<typeof modelAnswered>;
export type ToolAsked = FromSchema<typeof toolAsked>;
export type ToolFinished = FromSchema<typeof toolFinished>;
