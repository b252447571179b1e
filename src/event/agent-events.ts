import type { FromSchema } from "json-schema-to-ts";

const files = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["path", "sha256", "bytes"],
    properties: { path: { type: "string" }, sha256: { type: "string" }, bytes: { type: "integer" } },
  },
} as const;

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

/** An agent begins, or goes on, with an objective. Everything that decides what it does is named by digest. */
export const agentStarted = {
  type: "object",
  additionalProperties: false,
  required: ["root", "part", "objective", "agent", "agentDigest", "level", "tools", "toolsDigest", "limits"],
  properties: {
    /** The run that the objective was given to; later parts are `<root>-2`, `<root>-3`. */
    root: { type: "string" },
    /** From 1. */
    part: { type: "integer" },
    objective: { type: "string" },
    agent: { type: "string" },
    agentDigest: { type: "string" },
    level: { type: "integer" },
    /** Asked for instead of the agent's own. */
    model: { type: "string" },
    tools: { type: "array", items: { type: "string" } },
    /** Over names, descriptions and schemas of the tools. */
    toolsDigest: { type: "string" },
    limits: { type: "object" },
    /** Files given to it. */
    files,
    /** Where a fork left another run. */
    forkOf: {
      type: "object",
      additionalProperties: false,
      required: ["run", "at"],
      properties: { run: { type: "string" }, at: { type: "integer" } },
    },
    /** How the agent was chosen, when nobody named one. */
    route: { type: "object" },
  },
} as const;

/** The objective as a graph: a subtask starts when those that it comes after have ended. */
export const planMade = {
  type: "object",
  additionalProperties: false,
  required: ["subtasks"],
  properties: {
    subtasks: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["id", "objective", "after"],
        properties: { id: { type: "string" }, objective: { type: "string" }, after: { type: "array", items: { type: "string" } } },
      },
    },
  },
} as const;

export const subtaskStarted = {
  type: "object",
  additionalProperties: false,
  required: ["subtask", "objective"],
  properties: { subtask: { type: "string" }, objective: { type: "string" } },
} as const;

export const subtaskFinished = {
  type: "object",
  additionalProperties: false,
  required: ["subtask", "outcome"],
  properties: {
    subtask: { type: "string" },
    outcome: { enum: ["ok", "failed", "waiting", "limit", "skipped"] },
    answer: { type: "string" },
    why: { type: "string" },
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
    artifacts: files,
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

/** A limit was reached; the work of the subtask (or of the run) ends there. */
export const limitReached = {
  type: "object",
  additionalProperties: false,
  required: ["key", "limit", "used", "most"],
  properties: {
    key: { type: "string" },
    /** iterations, tokens, costUsd, wallMs, or the budget's name. */
    limit: { type: "string" },
    used: { type: "number" },
    most: { type: "number" },
  },
} as const;

/** Where a subtask stands after a step: its own calls, tokens and dollars so far. */
export const checkpointMade = {
  type: "object",
  additionalProperties: false,
  required: ["key", "subtask", "iterations", "tokens", "costUsd"],
  properties: {
    key: { type: "string" },
    subtask: { type: "string" },
    iterations: { type: "integer" },
    tokens: { type: "integer" },
    costUsd: { type: "number" },
  },
} as const;

/** What the checks of an answer, or the critic, said. */
export const answerJudged = {
  type: "object",
  additionalProperties: false,
  required: ["key", "subtask", "by", "accepted"],
  properties: {
    key: { type: "string" },
    subtask: { type: "string" },
    by: { enum: ["schema", "sources", "tests", "critic"] },
    accepted: { type: "boolean" },
    why: { type: "string" },
  },
} as const;

export const agentFinished = {
  type: "object",
  additionalProperties: false,
  required: ["root", "outcome", "iterations", "toolCalls", "tokens", "costUsd"],
  properties: {
    root: { type: "string" },
    outcome: { enum: ["ok", "failed", "waiting", "limit", "denied"] },
    why: { type: "string" },
    answer: { type: "string" },
    iterations: { type: "integer" },
    toolCalls: { type: "integer" },
    tokens: { type: "integer" },
    costUsd: { type: "number" },
    waitsFor: { type: "array", items: { type: "string" } },
  },
} as const;

/** Files that an agent wants to land; kept as blobs until people look at them. */
export const proposalDrafted = {
  type: "object",
  additionalProperties: false,
  required: ["proposal", "key", "agent", "title", "rationale", "base", "files"],
  properties: {
    /** p-… */
    proposal: { type: "string" },
    key: { type: "string" },
    agent: { type: "string" },
    title: { type: "string" },
    rationale: { type: "string" },
    /** The commit that it is meant for. */
    base: { type: "string" },
    files: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["path"],
        properties: { path: { type: "string" }, sha256: { type: "string" }, bytes: { type: "integer" }, removed: { type: "boolean" } },
      },
    },
  },
} as const;

export type AgentStarted = FromSchema<typeof agentStarted>;
export type PlanMade = FromSchema<typeof planMade>;
export type SubtaskStarted = FromSchema<typeof subtaskStarted>;
export type SubtaskFinished = FromSchema<typeof subtaskFinished>;
export type ModelAsked = FromSchema<typeof modelAsked>;
export type ModelAnswered = FromSchema<typeof modelAnswered>;
export type ToolAsked = FromSchema<typeof toolAsked>;
export type ToolFinished = FromSchema<typeof toolFinished>;
export type ApprovalAsked = FromSchema<typeof approvalAsked>;
export type ApprovalVoted = FromSchema<typeof approvalVoted>;
export type ApprovalUsed = FromSchema<typeof approvalUsed>;
export type GrantGiven = FromSchema<typeof grantGiven>;
export type GrantRevoked = FromSchema<typeof grantRevoked>;
export type LimitReached = FromSchema<typeof limitReached>;
export type CheckpointMade = FromSchema<typeof checkpointMade>;
export type AnswerJudged = FromSchema<typeof answerJudged>;
export type AgentFinished = FromSchema<typeof agentFinished>;
export type ProposalDrafted = FromSchema<typeof proposalDrafted>;
