import type { JsonSchema } from "../base/json-schema.ts";
import { effects, riskClasses } from "./request.ts";

// Letters by range and not by Unicode class, whose tables take 250 ms to build; without the ranges of invisible and turning characters.
const letters = "A-Za-z0-9_\u00c0-\u1fff\u3040-\ud7a3";
const name = { type: "string", pattern: `^[${letters}][${letters}.@:+' -]*$`, maxLength: 128 } as const;
const wholeMs = { type: "integer", minimum: 0, maximum: 2 ** 40 } as const;

const actor = {
  type: "object",
  additionalProperties: false,
  required: ["kind", "name"],
  description: "Who asks.",
  properties: {
    kind: { enum: ["person", "agent"] },
    name: { ...name, description: "The agent's name, or the person's login." },
    level: { type: "integer", minimum: 1, maximum: 4, description: "Autonomy level; agents only." },
  },
} as const;

const skill = {
  type: "object",
  additionalProperties: false,
  required: ["name", "trust", "committed", "digest"],
  properties: {
    name: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$", maxLength: 64 },
    trust: { enum: ["own", "trusted", "untrusted"] },
    committed: { type: "boolean", description: "Whether the files that would run are the ones of the commit that policy is read from." },
    digest: { type: "string", maxLength: 128, description: "Over the files of the skill." },
    version: { type: "string", maxLength: 64 },
  },
} as const;

const request = {
  title: "What is asked of the policy",
  type: "object",
  additionalProperties: false,
  required: ["action", "class", "actor"],
  properties: {
    action: { type: "string", maxLength: 64, description: "Dotted verb, e.g. skill.run." },
    class: { enum: riskClasses, description: "R read, W workspace write, B backtest, N notification, C credential, T trading." },
    actor,
    tool: name,
    skill,
    path: { type: "string", minLength: 1, maxLength: 1024, description: "Relative to the workspace, normalised, with /." },
    host: { type: "string", minLength: 1, maxLength: 253 },
    port: { type: "integer", minimum: 1, maximum: 65535 },
    runner: name,
    limits: {
      type: "object",
      additionalProperties: false,
      required: ["timeoutMs", "memoryMiB"],
      properties: { timeoutMs: wholeMs, memoryMiB: wholeMs },
    },
    args: { type: "object", description: "The arguments of the call, masked." },
  },
} as const;

/** An ActionRequest. */
export const requestSchema: JsonSchema = request;

/** A request as people write it in cases, examples and on the command line: what is left out is filled in by `completeRequest`. */
export const shortRequestSchema: JsonSchema = {
  ...request,
  title: "A request; class and actor may be left out",
  required: ["action"],
  properties: { ...request.properties, skill: { ...skill, required: ["name"] } },
};

/** A Decision. */
export const decisionSchema: JsonSchema = {
  title: "What the policy answered",
  type: "object",
  additionalProperties: false,
  required: ["id", "effect", "rules", "reason", "policy", "request"],
  properties: {
    id: { type: "string", description: "d-…" },
    effect: { enum: effects },
    rules: { type: "array", items: { type: "string" }, description: "policy/rule of every rule with the deciding effect." },
    reason: { type: "string" },
    at: {
      type: "object",
      additionalProperties: false,
      required: ["file", "line"],
      properties: { file: { type: "string" }, line: { type: "integer", minimum: 1 } },
    },
    would: { type: "string", description: "What would have allowed it." },
    modelMayCount: { type: "boolean", description: "Of two-key: one of the two may be a model." },
    reviewMayCount: { type: "boolean", description: "Of approve: it may be a review of the pull request." },
    policy: {
      type: "object",
      additionalProperties: false,
      required: ["commit", "digest"],
      properties: { commit: { type: "string" }, digest: { type: "string" } },
    },
    request: { type: "object" },
  },
};
