import { gateLimitProperties } from "../base/gate-limits.ts";
import type { JsonSchema } from "../base/json-schema.ts";
import { dimensions } from "./amounts.ts";
import { effects, riskClasses } from "./request.ts";
import { shortRequestSchema } from "./request-schema.ts";

const words = { type: "string", minLength: 1, maxLength: 400 } as const;
/** Names of policies, rules and budgets. */
export const idPattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

const id = { type: "string", pattern: idPattern, maxLength: 64 } as const;
const glob = { type: "string", minLength: 1, maxLength: 200 } as const;
const globs = { anyOf: [glob, { type: "array", items: glob, minItems: 1, maxItems: 100 }] } as const;
const riskClass = { enum: [...riskClasses, "*"] } as const;
const requestRef = { $ref: "#/$defs/request" } as const;

const amounts = {
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(dimensions.map((name) => [name, { type: "number", minimum: 0 }])),
} as const;

const match = {
  type: "object",
  additionalProperties: false,
  description: "All of these must hold; a list holds when one of its patterns does. Patterns: * within a segment, ** across segments, ?, {a,b}.",
  properties: {
    action: globs,
    class: { anyOf: [riskClass, { type: "array", items: riskClass, minItems: 1 }] },
    actor: { ...globs, description: "person, agent, or person:alice." },
    agent: { ...globs, description: "The agent's name." },
    tool: globs,
    skill: globs,
    path: globs,
    host: { ...globs, description: "*.example.com stands for one label or more, not for example.com itself." },
    runner: globs,
  },
} as const;

const rule = {
  type: "object",
  additionalProperties: false,
  required: ["id", "effect", "reason"],
  properties: {
    id,
    match,
    when: { type: "string", minLength: 1, description: "CEL over the facts of the request; must answer true or false." },
    effect: { enum: effects },
    reason: { ...words, description: "Why, for people and agents; may hold {actor.name}, {skill.name}, {path}, …" },
    would: { ...words, description: "What would have allowed it." },
    modelMayCount: {
      type: "boolean",
      description: "Of two-key: a model may be one of the two, beside a person. The rule names classes without C and T, and nothing below policies/.",
    },
    reviewMayCount: {
      type: "boolean",
      description:
        "Of approve, for proposal.land: an approving review of the pull request by a signer's GitHub login is that approval. The rule names classes without C and T.",
    },
    examples: {
      type: "object",
      additionalProperties: false,
      properties: {
        match: { type: "array", items: requestRef, description: "Requests that this rule must match." },
        differ: { type: "array", items: requestRef, description: "Requests that it must not match." },
      },
    },
  },
} as const;

const budget = {
  type: "object",
  additionalProperties: false,
  required: ["id", "scope", "limits"],
  properties: {
    id,
    scope: { enum: ["month", "run", "agent", "subagent"] },
    match: { type: "object", additionalProperties: false, properties: { agent: globs } },
    limits: { ...amounts, minProperties: 1 },
    alertAt: { type: "number", exclusiveMinimum: 0, maximum: 1, description: "Share of a limit from which on it is announced; 0.8 when not given." },
    rateUsd: {
      type: "number",
      exclusiveMinimum: 0,
      description: "US dollars per million tokens, for models whose price is unknown; without it they are refused.",
    },
  },
} as const;

const gates = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  description: "What `strategy gate` holds strategies to. Of several policies the strictest holds; a limit that no policy sets refuses every strategy.",
  properties: gateLimitProperties,
} as const;

const approvals = {
  type: "object",
  additionalProperties: false,
  required: ["signed"],
  properties: {
    signed: {
      enum: ["required"],
      description: "Only answers signed with a key of policies/signers count, whatever is asked. Two keys, credentials and orders always need it.",
    },
  },
} as const;

/** policies/<name>/policy.yaml */
export const policySchema: JsonSchema = {
  title: "A policy: rules that decide, budgets that limit, gates for strategies, how people approve",
  type: "object",
  additionalProperties: false,
  required: ["name", "description"],
  properties: {
    name: { ...id, description: "The name of its folder." },
    description: words,
    rules: { type: "array", items: rule, maxItems: 500 },
    budgets: { type: "array", items: budget, maxItems: 100 },
    gates,
    approvals,
  },
  $defs: { request: shortRequestSchema },
};

/** policies/<name>/cases.yaml */
export const casesSchema: JsonSchema = {
  title: "Cases of a policy, decided over all policies together",
  type: "array",
  minItems: 1,
  maxItems: 1000,
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: words,
      request: requestRef,
      effect: { enum: effects },
      rule: { type: "string", description: "A rule that must be among the deciding ones: id, or policy/id." },
      reserve: {
        type: "object",
        additionalProperties: false,
        required: ["ask"],
        description: "A reservation instead of a request: what is asked, and what is already spent in each scope.",
        properties: {
          agent: { type: "string" },
          subagent: { type: "string" },
          ask: amounts,
          priceKnown: { type: "boolean" },
          spent: {
            type: "object",
            additionalProperties: false,
            properties: { month: amounts, run: amounts, agent: amounts, subagent: amounts },
          },
        },
      },
      granted: { type: "boolean" },
      limit: { type: "string", description: "The budget that refuses it: id, or policy/id." },
    },
    dependentRequired: { request: ["effect"], effect: ["request"], reserve: ["granted"], granted: ["reserve"] },
    anyOf: [{ required: ["request"] }, { required: ["reserve"] }],
  },
  $defs: { request: shortRequestSchema },
};
