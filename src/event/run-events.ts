import type { FromSchema } from "json-schema-to-ts";

/** The first record of every run. */
export const runStarted = {
  type: "object",
  additionalProperties: false,
  required: ["command", "actor", "version", "workspace", "policy"],
  properties: {
    /** The words typed, e.g. `skill run market-stats`. */
    command: { type: "string" },
    actor: {
      type: "object",
      additionalProperties: false,
      required: ["kind", "name"],
      properties: { kind: { enum: ["person", "agent"] }, name: { type: "string" }, level: { type: "integer" } },
    },
    /** Of agentctl. */
    version: { type: "string" },
    workspace: {
      type: "object",
      additionalProperties: false,
      required: ["commit", "dirty"],
      properties: { commit: { type: "string" }, branch: { type: "string" }, dirty: { type: "boolean" } },
    },
    policy: {
      type: "object",
      additionalProperties: false,
      required: ["commit", "digest"],
      properties: { commit: { type: "string" }, digest: { type: "string" } },
    },
  },
} as const;

/** The last record of a run that ended by itself. */
export const runFinished = {
  type: "object",
  additionalProperties: false,
  required: ["outcome", "durationMs"],
  properties: {
    outcome: { enum: ["ok", "failed", "denied", "waiting", "budget", "timeout", "halted", "interrupted"] },
    durationMs: { type: "number" },
    /** `room/what-happened`, when it failed. */
    error: { type: "string" },
    message: { type: "string" },
  },
} as const;

export type RunStarted = FromSchema<typeof runStarted>;
export type RunFinished = FromSchema<typeof runFinished>;
