import type { JsonSchema } from "../base/json-schema.ts";
import { modelRoles, type ModelRole } from "../agent/model.ts";

/** What a scripted model does at one request. */
export interface ScriptStep {
  role?: ModelRole;
  /** RE2, over the first message of the user. */
  objective?: string;
  /** RE2, over the last message. */
  seen?: string;
  say?: string;
  think?: string;
  call?: readonly { tool: string; args?: Readonly<Record<string, unknown>> }[];
  fault?: "cut" | "silence" | "malformed" | { status: number; retryAfter?: number };
  usage?: { inputTokens: number; outputTokens: number };
  times?: number;
  obey?: boolean;
}

export interface Script {
  steps: readonly ScriptStep[];
}

const text = { type: "string", maxLength: 100_000 } as const;
const pattern = { type: "string", minLength: 1, maxLength: 1000 } as const;
const count = { type: "integer", minimum: 0, maximum: 1_000_000_000 } as const;

const step = {
  type: "object",
  additionalProperties: false,
  properties: {
    role: { enum: modelRoles, description: "only requests of this role" },
    objective: { ...pattern, description: "RE2; only requests whose first message of the user it matches" },
    seen: { ...pattern, description: "RE2; only requests whose last message it matches" },
    say: { ...text, description: "the text of the answer" },
    think: { ...text, description: "what it thinks aloud" },
    call: {
      type: "array",
      minItems: 1,
      maxItems: 64,
      description: "the tools that it calls",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["tool"],
        properties: { tool: { type: "string", minLength: 1, maxLength: 128 }, args: { type: "object" } },
      },
    },
    fault: {
      type: ["string", "object"],
      pattern: "^(cut|silence|malformed)$",
      examples: ["cut", "silence", "malformed", "{status: 429, retryAfter: 1}"],
      additionalProperties: false,
      required: ["status"],
      properties: {
        status: { type: "integer", minimum: 400, maximum: 599 },
        retryAfter: { type: "number", minimum: 0, maximum: 3600, description: "seconds" },
      },
      description: "the try comes to nothing: cut, silence, malformed, or a status",
    },
    usage: {
      type: "object",
      additionalProperties: false,
      required: ["inputTokens", "outputTokens"],
      properties: { inputTokens: count, outputTokens: count },
      description: "what it says that it took; else by the length of the texts",
    },
    times: { type: "integer", minimum: 1, maximum: 1_000_000, description: "how often, in one piece of work; default 1" },
    obey: { type: "boolean", description: "it calls whatever the last results of tools tell it to call; passed over when they tell nothing" },
  },
};

/** The file of a scripted model. */
export const scriptSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "A scripted model",
  type: "object",
  additionalProperties: false,
  required: ["steps"],
  properties: { steps: { type: "array", minItems: 1, maxItems: 1000, items: step } },
};
