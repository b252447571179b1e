import type { FromSchema } from "json-schema-to-ts";

/** Something waits for people. */
export const approvalAsked = {
  type: "object",
  additionalProperties: false,
  required: ["approval", "key", "kind", "effect", "digest", "expires"],
  properties: {
    /** a-… */
    approval: { type: "string" },
    key: { type: "string" },
    /** action: may this be done; question: the agent asks; outcome: a crash hid what became of a call. */
    kind: { enum: ["action", "question", "outcome"] },
    effect: { enum: ["approve", "two-key"] },
    /** Of the exact action. */
    digest: { type: "string" },
    /** RFC 3339; after it the answer is no. */
    expires: { type: "string" },
  },
} as const;

/** Somebody answered. Recorded in the run of the command that they typed, or by the model that was asked. */
export const approvalVoted = {
  type: "object",
  additionalProperties: false,
  required: ["approval", "run", "digest", "who", "how", "vote", "state"],
  properties: {
    approval: { type: "string" },
    /** The run that waits. */
    run: { type: "string" },
    digest: { type: "string" },
    who: { type: "string" },
    how: { enum: ["signed", "unsigned", "model"] },
    /** Of the key that signed. */
    fingerprint: { type: "string" },
    vote: { enum: ["approve", "deny"] },
    note: { type: "string" },
    /** What the approval came to with this vote. */
    state: { enum: ["open", "approved", "denied"] },
    statement: { type: "string" },
    signature: { type: "string" },
  },
} as const;

/** A run learned what people said, and an approval was used up. */
export const approvalUsed = {
  type: "object",
  additionalProperties: false,
  required: ["approval", "key", "state"],
  properties: {
    approval: { type: "string" },
    key: { type: "string" },
    state: { enum: ["approved", "denied", "expired"] },
    note: { type: "string" },
    by: { type: "array", items: { type: "string" } },
  },
} as const;

export const grantGiven = {
  type: "object",
  additionalProperties: false,
  required: ["grant", "agent", "action", "until", "by"],
  properties: {
    /** gr-… */
    grant: { type: "string" },
    agent: { type: "string" },
    action: { type: "string" },
    /** The facts that a request must have; what is not named may be anything. */
    scope: { type: "object" },
    /** RFC 3339. */
    until: { type: "string" },
    by: { type: "string" },
    approval: { type: "string" },
    note: { type: "string" },
  },
} as const;

export const grantRevoked = {
  type: "object",
  additionalProperties: false,
  required: ["grant", "by"],
  properties: { grant: { type: "string" }, by: { type: "string" }, note: { type: "string" } },
} as const;

export type ApprovalAsked = FromSchema<typeof approvalAsked>;
export type ApprovalVoted = FromSchema<typeof approvalVoted>;
export type ApprovalUsed = FromSchema<typeof approvalUsed>;
export type GrantGiven = FromSchema<typeof grantGiven>;
export type GrantRevoked = FromSchema<typeof grantRevoked>;
