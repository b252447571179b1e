import type { JsonSchema } from "../base/json-schema.ts";

const name = { type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 64, examples: ["market-stats"] } as const;
const line = { type: "string", minLength: 1, maxLength: 400 } as const;
const path = { type: "string", minLength: 1, maxLength: 255 } as const;
const positive = (description: string): JsonSchema => ({ type: "number", exclusiveMinimum: 0, maximum: 1e12, description });
const toolNames = (description: string): JsonSchema => ({
  type: "array",
  items: { type: "string", maxLength: 64 },
  maxItems: 64,
  uniqueItems: true,
  description,
});

const mapping = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[], description?: string): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
  ...(description === undefined ? {} : { description }),
});

const caseName = { ...line, maxLength: 120, description: "One line that people are shown; what goes in and what must come out is not." };

const skillCase = mapping(
  {
    name: caseName,
    input: { description: "The input of the call; {} when not given." },
    files: {
      type: "object",
      additionalProperties: path,
      maxProperties: 16,
      description: "Property of the input: file of this folder that is handed over and that the property then names.",
    },
    expect: mapping(
      {
        outcome: { enum: ["ok", "failed"], description: "ok when not given; failed is every other end." },
        output: { description: "What the output has to hold. Mappings may hold more; lists are compared item by item." },
        exact: { type: "boolean", description: "The output may hold nothing beyond it." },
        tolerance: {
          type: "number",
          minimum: 0,
          maximum: 1,
          description: "How far numbers may be off: a share of the number, and around zero so much; 1e-9 when not given.",
        },
        artifacts: { type: "array", items: path, maxItems: 64, uniqueItems: true, description: "Files that it has to give back." },
        maxMs: positive("Longest that it may take."),
      },
      [],
    ),
  },
  ["name", "expect"],
);

const agentCase = mapping(
  {
    name: caseName,
    objective: { type: "string", minLength: 1, maxLength: 8_000 },
    script: { ...path, description: "File of this folder that says what the model answers, as those of a scripted provider do." },
    returns: {
      type: "object",
      additionalProperties: { type: "string", maxLength: 24_000 },
      maxProperties: 64,
      description: "Tool: the text that it gives back. Nothing is really called; other tools give back nothing.",
    },
    expect: mapping(
      {
        outcome: { enum: ["ok", "failed", "waiting", "limit"], description: "How the run ends; ok when not given." },
        calls: toolNames("Tools that are called, and that policy and the agent allow."),
        never: toolNames("Tools of which no call is allowed."),
        answer: { type: "string", minLength: 1, maxLength: 1_000, description: "RE2 pattern that is found in the answer." },
        maxIterations: positive("Model calls at most."),
        maxTokens: positive("Input and output of all model calls, counted from their texts: what a longer prompt costs."),
      },
      [],
    ),
  },
  ["name", "objective", "script", "expect"],
);

const strategyCase = mapping(
  {
    name: caseName,
    parameters: {
      type: "object",
      additionalProperties: { type: ["number", "string", "boolean"] },
      maxProperties: 64,
      description: "Others than the defaults.",
    },
    from: { type: "string", maxLength: 32, description: "First day that is traded." },
    to: { type: "string", maxLength: 32, description: "Last day that is traded." },
    expect: mapping(
      {
        metrics: {
          type: "object",
          minProperties: 1,
          maxProperties: 64,
          additionalProperties: mapping({ min: { type: "number" }, max: { type: "number" } }, []),
          description: "Figures of the backtest and their bounds, e.g. sharpe: { min: 0.2 }. A figure that is undefined fits no bound.",
        },
      },
      ["metrics"],
    ),
  },
  ["name", "expect"],
);

/** `else`, since an object with `then` is one that `await` takes for a promise. */
const casesOf = (kind: string, each: JsonSchema): JsonSchema => ({
  if: { properties: { target: { not: { required: [kind] } } } },
  else: { properties: { cases: { items: each } } },
});

/** evaluations/<name>/evaluation.yaml. Agents never see it. */
export const evaluationSchema: JsonSchema = {
  title: "An evaluation: cases that a skill, an agent or a strategy is held to, and that agents cannot read",
  ...mapping(
    {
      name: { ...name, description: "The name of its folder." },
      about: line,
      target: {
        ...mapping({ skill: name, agent: name, strategy: name }, [], "What it is about; exactly one."),
        minProperties: 1,
        maxProperties: 1,
      },
      cases: { type: "array", items: { type: "object" }, minItems: 1, maxItems: 100 },
    },
    ["name", "about", "target", "cases"],
  ),
  allOf: [casesOf("skill", skillCase), casesOf("agent", agentCase), casesOf("strategy", strategyCase)],
};
