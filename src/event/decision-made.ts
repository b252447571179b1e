import type { FromSchema } from "json-schema-to-ts";

/** A policy decision, with the whole request, so that it can be decided again under another policy. */
export const decisionMade = {
  type: "object",
  additionalProperties: false,
  required: ["id", "effect", "rules", "reason", "policy", "request"],
  properties: {
    id: { type: "string" },
    effect: { enum: ["allow", "approve", "two-key", "deny"] },
    rules: { type: "array", items: { type: "string" } },
    reason: { type: "string" },
    would: { type: "string" },
    /** Of two-key: one of the two may be a model. */
    modelMayCount: { type: "boolean" },
    reviewMayCount: { type: "boolean" },
    at: {
      type: "object",
      additionalProperties: false,
      required: ["file", "line"],
      properties: { file: { type: "string" }, line: { type: "integer" } },
    },
    policy: {
      type: "object",
      additionalProperties: false,
      required: ["commit", "digest"],
      properties: { commit: { type: "string" }, digest: { type: "string" } },
    },
    /** An ActionRequest of src/policy. */
    request: { type: "object", required: ["action", "class", "actor"] },
  },
} as const;

export type DecisionMade = FromSchema<typeof decisionMade>;
