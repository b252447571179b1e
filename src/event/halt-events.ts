import type { FromSchema } from "json-schema-to-ts";

/** Somebody stopped everything. */
export const haltSet = {
  type: "object",
  additionalProperties: false,
  required: ["by", "reason", "runsStopped", "containersKilled", "durationMs"],
  properties: {
    by: { type: "string" },
    reason: { type: "string" },
    runsStopped: { type: "integer" },
    containersKilled: { type: "integer" },
    durationMs: { type: "number" },
  },
} as const;

/** A person let work go on. */
export const haltReleased = {
  type: "object",
  additionalProperties: false,
  required: ["by", "reason"],
  properties: { by: { type: "string" }, reason: { type: "string" } },
} as const;

export type HaltSet = FromSchema<typeof haltSet>;
export type HaltReleased = FromSchema<typeof haltReleased>;
