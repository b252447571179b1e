import type { FromSchema } from "json-schema-to-ts";

const text = { type: "string" } as const;
const number = { type: "number" } as const;
const integer = { type: "integer" } as const;
const texts = { type: "array", items: text } as const;
const effect = { enum: ["approve", "two-key", "deny"] } as const;

/** A change became a branch. */
export const proposalOpened = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "ref", "head", "base", "tree", "title", "proposer", "triggeredBy", "kinds", "class", "effect", "files"],
  properties: {
    /** p-… */
    proposal: text,
    ref: text,
    head: text,
    base: text,
    tree: text,
    title: text,
    proposer: { type: "object", additionalProperties: false, required: ["kind", "name"], properties: { kind: { enum: ["person", "agent"] }, name: text } },
    triggeredBy: text,
    /** The run that its files come from. */
    from: text,
    kinds: texts,
    class: text,
    effect,
    files: texts,
    evidence: texts,
    /** What it is about, so that nothing is proposed twice. */
    signature: text,
    /** The head that it replaces. */
    replaces: text,
  },
} as const;

/** The gates looked at it. */
export const proposalGated = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "head", "base", "tree", "passed", "digest", "report", "gates", "durationMs"],
  properties: {
    proposal: text,
    head: text,
    base: text,
    tree: text,
    passed: { type: "boolean" },
    /** Of the report, which people sign. */
    digest: text,
    /** SHA-256 of the report's canonical JSON among the blobs; the same as digest. */
    report: text,
    gates: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["gate", "verdict", "summary", "findings", "durationMs"],
        properties: { gate: text, verdict: { enum: ["passed", "failed", "not-needed"] }, summary: text, findings: integer, durationMs: number },
      },
    },
    durationMs: number,
  },
} as const;

/** Somebody said yes or no to it; also one whose answer was fetched. */
export const proposalVoted = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "head", "who", "how", "vote", "digest"],
  properties: {
    proposal: text,
    head: text,
    who: text,
    how: { enum: ["signed", "unsigned", "review"] },
    fingerprint: text,
    vote: { enum: ["approve", "reject"] },
    note: text,
    /** SHA-256 of the statement. */
    digest: text,
    statement: text,
    signature: text,
    /** It came from another clone, or from a pull request. */
    received: { type: "boolean" },
  },
} as const;

/** It will not land. */
export const proposalClosed = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "head", "state", "by", "reason"],
  properties: {
    proposal: text,
    head: text,
    state: { enum: ["rejected", "withdrawn"] },
    by: text,
    reason: text,
    /** Whose it was, where it was withdrawn: `agent quant`. */
    proposer: text,
    /** Withdrawn by whoever proposed it. */
    own: { type: "boolean" },
  },
} as const;

/** On disk before the ref moves. */
export const landingStarted = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "action", "target", "from", "to", "tree", "policyVersion", "gates", "approvals", "effect", "class"],
  properties: {
    proposal: text,
    action: { enum: ["land", "rollback"] },
    target: text,
    from: text,
    to: text,
    tree: text,
    /** After it. */
    policyVersion: integer,
    /** Digest of the report. */
    gates: text,
    approvals: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["who", "how", "digest"],
        properties: { who: text, how: text, fingerprint: text, digest: text },
      },
    },
    effect,
    class: text,
  },
} as const;

export const landingFinished = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "action", "target", "from", "to", "outcome"],
  properties: {
    proposal: text,
    action: { enum: ["land", "rollback"] },
    target: text,
    from: text,
    to: text,
    outcome: { enum: ["landed"] },
    /** A crash hid it; this was found out later. */
    found: { type: "boolean" },
  },
} as const;

/** What the record says that could be better, and by which questions. */
export const improveAnalysed = {
  type: "object",
  additionalProperties: false,
  required: ["since", "questions", "opportunities", "chosen"],
  properties: {
    since: text,
    questions: {
      type: "array",
      items: { type: "object", additionalProperties: false, required: ["question", "sql", "rows"], properties: { question: text, sql: text, rows: integer } },
    },
    opportunities: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["opportunity", "kind", "about", "count", "signature", "state"],
        properties: {
          opportunity: text,
          /** failure, flaky, struggle, novel-task, denied-then-allowed, strategy, slow-skill, costly. */
          kind: text,
          about: text,
          count: integer,
          /** The same for the same cause. */
          signature: text,
          /** chosen, known (proposed before), waiting (its draft waits), tried (drafted in vain), changed (since it was seen), gone, later (too many open). */
          state: text,
          runs: texts,
          /** The run of the agent that is to draft it; on record before it begins. */
          drafts: text,
        },
      },
    },
    chosen: integer,
    /** SHA-256 of the written analysis among the blobs. */
    analysis: text,
  },
} as const;

/** An agent lost autonomy by what it did. */
export const autonomyLowered = {
  type: "object",
  additionalProperties: false,
  required: ["agent", "class", "from", "to", "breach", "terms"],
  properties: {
    agent: text,
    class: text,
    from: integer,
    to: integer,
    /** What happened, with its run. */
    breach: text,
    run: text,
    /** Digest of the terms (level, autonomy) that were broken. */
    terms: text,
  },
} as const;

export type ProposalOpened = FromSchema<typeof proposalOpened>;
export type ProposalGated = FromSchema<typeof proposalGated>;
export type ProposalVoted = FromSchema<typeof proposalVoted>;
export type ProposalClosed = FromSchema<typeof proposalClosed>;
export type LandingStarted = FromSchema<typeof landingStarted>;
export type LandingFinished = FromSchema<typeof landingFinished>;
export type ImproveAnalysed = FromSchema<typeof improveAnalysed>;
export type AutonomyLowered = FromSchema<typeof autonomyLowered>;
