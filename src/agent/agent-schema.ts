import type { JsonSchema } from "../base/json-schema.ts";
import type { AgentLimits } from "./agent.ts";

/** Names of agents; an agent's name is that of its folder. */
export const agentNamePattern = "^[a-z0-9]+(-[a-z0-9]+)*$";

/** How much of an agent is read. */
export const agentBounds = {
  files: 20,
  totalBytes: 1024 * 1024,
  /** prompt.md, in bytes: all of it is sent with every call of a model. */
  promptBytes: 64 * 1024,
} as const;

/** What holds where agent.yaml says nothing: enough for a small task, and little enough to be no loss. */
export const agentDefaults: { readonly limits: Readonly<AgentLimits>; readonly version: string } = {
  limits: { iterations: 20, tokens: 200_000, costUsd: 1, wallMs: 600_000, outputTokens: 4_096 },
  version: "0.0.0",
};

const tool = { type: "string", pattern: "^[a-z][a-z0-9_]*$", maxLength: 64, examples: ["read_file", "run_skill"] } as const;
const tools = (description: string): JsonSchema => ({ type: "array", items: tool, maxItems: 64, uniqueItems: true, description });
const whole = (description: string, maximum: number, minimum = 1): JsonSchema => ({ type: "integer", minimum, maximum, description });

const limits: JsonSchema = {
  type: "object",
  additionalProperties: false,
  description: "What it may use of one objective; policies/ budgets hold beside them, and the stricter one counts.",
  properties: {
    iterations: whole("Model calls of a subtask; 20 when not given.", 1_000),
    tokens: whole("Input and output of all model calls together; 200000 when not given.", 100_000_000),
    costUsd: { type: "number", exclusiveMinimum: 0, maximum: 10_000, description: "US dollars; 1 when not given." },
    wallMs: whole("Wall time, in ms; 600000 when not given.", 7 * 86_400_000, 1_000),
    outputTokens: whole("Of one answer of a model; 4096 when not given.", 1_000_000, 16),
  },
};

const cap = (what: string): JsonSchema => ({ type: "integer", minimum: 1, maximum: 4, description: `Its level for ${what}; at most that of the agent.` });

const autonomy: JsonSchema = {
  type: "object",
  additionalProperties: false,
  description: "Lower levels for single classes. What it has of them, breaches take away until a landed change of these lines.",
  properties: {
    R: cap("reading"),
    W: cap("writing in the workspace"),
    B: cap("backtests"),
    N: cap("notifications"),
    C: cap("credentials"),
    T: cap("trading"),
    renewed: {
      type: "string",
      pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
      description: "The day on which it is given another chance: breaches until then count no more.",
      examples: ["2026-11-28"],
    },
  },
};

const output: JsonSchema = {
  type: "object",
  additionalProperties: false,
  description: "What an answer is held to before it counts.",
  properties: {
    schema: { type: "object", description: "JSON Schema that the answer, as JSON, must fit." },
    schemaFile: { type: "string", minLength: 1, maxLength: 255, description: "The same, in a file of the agent's folder." },
    sources: { type: "boolean", description: "Every figure must name its source: the key of a tool call, or a path that was read." },
    tests: {
      type: "string",
      pattern: agentNamePattern,
      maxLength: 64,
      examples: ["scratch", "market-stats"],
      description: "Tests that must pass: those of a skill, or `scratch` for those that it wrote.",
    },
  },
};

/** agent.yaml. */
export const agentSchema: JsonSchema = {
  title: "An agent",
  type: "object",
  additionalProperties: false,
  required: ["name", "description", "level", "tools"],
  properties: {
    name: { type: "string", pattern: agentNamePattern, maxLength: 64, description: "The same as that of its folder.", examples: ["quant"] },
    description: {
      type: "string",
      minLength: 1,
      maxLength: 1024,
      pattern: "\\S",
      description: "What it does and when to use it; the choice of an agent reads it.",
    },
    version: { type: "string", pattern: "^[0-9]+(\\.[0-9]+){0,2}([-+][0-9A-Za-z.+-]+)?$", maxLength: 64, examples: ["1.0.0"] },
    level: {
      type: "integer",
      minimum: 1,
      maximum: 4,
      description: "Autonomy: 1 suggest, 2 low risk alone, 3 bounded high risk, 4 continuous. The most that it may have.",
    },
    autonomy,
    model: {
      type: "string",
      pattern: "^[A-Za-z0-9][A-Za-z0-9._:/@-]*$",
      maxLength: 128,
      description: "A tier, or provider/model; the one of the role when not given.",
      examples: ["cloud-smart", "ollama/qwen3:8b"],
    },
    temperature: { type: "number", minimum: 0, maximum: 2 },
    tools: tools("Tools it may use, as far as policy lets its level."),
    approval: tools("Those of its tools that ask a person even where policy allows them."),
    plan: { type: "boolean", description: "Whether an objective is split into subtasks first." },
    criticRounds: whole("How often a critic may send an answer back; 0 when not given.", 5, 0),
    limits,
    output,
    intents: {
      type: "array",
      maxItems: 50,
      items: { type: "string", minLength: 2, maxLength: 120, pattern: "\\S" },
      description: "Phrases that say what it is for, as people type them.",
      examples: [["backtest a strategy", "compare two markets"]],
    },
  },
};
