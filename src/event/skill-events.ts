import type { FromSchema } from "json-schema-to-ts";
import { keptFiles } from "./kept-files.ts";

/** The intent: on disk before the container starts. */
export const skillStarted = {
  type: "object",
  additionalProperties: false,
  required: ["call", "skill", "digest", "trust", "decision", "runner", "image", "command", "input", "limits"],
  properties: {
    /** Names this call within the run; the result carries the same. */
    call: { type: "string" },
    skill: { type: "string" },
    version: { type: "string" },
    /** Over the files that run. */
    digest: { type: "string" },
    trust: { enum: ["own", "trusted", "untrusted"] },
    /** Id of the decision that allowed it. */
    decision: { type: "string" },
    runner: { type: "string" },
    /** Image id, sha256:… */
    image: { type: "string" },
    command: { type: "array", items: { type: "string" } },
    input: {},
    /** Files given to the skill. */
    files: keptFiles,
    limits: { type: "object" },
    /** Of a call that is no use of the skill: to judge it. What went in and came out is not on record then. */
    purpose: { enum: ["evaluation", "replay"] },
  },
} as const;

/** The result of the call with the same name. */
export const skillFinished = {
  type: "object",
  additionalProperties: false,
  required: ["call", "skill", "outcome", "oomKilled", "durationMs", "artifacts"],
  properties: {
    call: { type: "string" },
    skill: { type: "string" },
    outcome: { enum: ["ok", "failed", "crashed", "timeout", "oom", "output-overflow", "cancelled", "bad-output"] },
    exitCode: { type: "integer" },
    signal: { type: "string" },
    oomKilled: { type: "boolean" },
    durationMs: { type: "number" },
    output: {},
    stderr: { type: "string" },
    artifacts: keptFiles,
    refused: {
      type: "array",
      items: { type: "object", additionalProperties: false, required: ["path", "why"], properties: { path: { type: "string" }, why: { type: "string" } } },
    },
  },
} as const;

export type SkillStarted = FromSchema<typeof skillStarted>;
export type SkillFinished = FromSchema<typeof skillFinished>;
