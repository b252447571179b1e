import type { FromSchema } from "json-schema-to-ts";
import { keptFiles } from "./kept-files.ts";

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
    files: keptFiles,
    /** Where a fork left another run. */
    forkOf: {
      type: "object",
      additionalProperties: false,
      required: ["run", "at"],
      properties: {
        run: { type: "string" },
        at: { type: "integer" },
        /** The commit whose policies decide, too, in all its parts. */
        policy: { type: "string" },
      },
    },
    /** How the agent was chosen, when nobody named one. */
    route: { type: "object" },
    /** The conversation that it belongs to, and what of it the agent is told. */
    conversation: {
      type: "object",
      additionalProperties: false,
      required: ["name", "turns"],
      properties: {
        name: { type: "string" },
        turns: {
          type: "array",
          items: {
            type: "object",
            additionalProperties: false,
            required: ["run", "ts", "objective", "answer"],
            properties: { run: { type: "string" }, ts: { type: "string" }, objective: { type: "string" }, answer: { type: "string" } },
          },
        },
        /** Runs of turns that it is not told, and why. */
        leftOut: {
          type: "array",
          items: {
            type: "object",
            additionalProperties: false,
            required: ["run", "why"],
            properties: { run: { type: "string" }, why: { type: "string" } },
          },
        },
      },
    },
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
export type LimitReached = FromSchema<typeof limitReached>;
export type CheckpointMade = FromSchema<typeof checkpointMade>;
export type AnswerJudged = FromSchema<typeof answerJudged>;
export type AgentFinished = FromSchema<typeof agentFinished>;
export type ProposalDrafted = FromSchema<typeof proposalDrafted>;
