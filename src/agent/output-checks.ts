import { checkForeignSchema, type JsonSchema } from "../base/json-schema.ts";
import { messageOf } from "../base/errors.ts";
import type { OutputChecks } from "./agent.ts";
import { jsonSources, textSources, type AnswerFacts } from "./answer-sources.ts";
import type { AnswerCheck } from "./ports.ts";

/** Longer answers are not looked at: one that nobody can check is none. */
export const answerCharactersMax = 200_000;

/**
 * What an agent's own checks say of an answer, one entry for each that it has; a problem is in words for the model. `facts` are the keys of this run's
 * tool calls and the paths that were read or written. Whether tests pass is asked by the caller, who can run them.
 */
export function checkAnswer(answer: string, checks: OutputChecks, facts: AnswerFacts): AnswerCheck[] {
  const by = [...(checks.schema === undefined ? [] : ["schema" as const]), ...(checks.sources ? ["sources" as const] : [])];
  if (answer.length > answerCharactersMax) {
    const problem = `the answer has ${answer.length} characters; at most ${answerCharactersMax} are read. Answer more shortly and put the rest into a file.`;
    return by.map((each) => ({ by: each, problem }));
  }
  const json = checks.schema === undefined ? undefined : answerJson(answer);
  const value = json !== undefined && "value" in json ? json : undefined;
  return by.map((each) => ({
    by: each,
    problem:
      each === "schema" && checks.schema !== undefined
        ? schemaProblem(json, checks.schema)
        : value === undefined
          ? textSources(answer, facts)
          : jsonSources(value.value, facts),
  }));
}

/** The JSON of an answer: all of it, or its one fenced block of json. */
export function answerJson(answer: string): { value: unknown } | { problem: string } {
  const whole = parsed(answer);
  if ("value" in whole) return whole;
  const blocks = [...answer.matchAll(/^```(?:json|JSON)[ \t]*\r?\n([^]*?)^```[ \t]*$/gm)].map((found) => found[1] ?? "");
  if (blocks.length > 1) return { problem: `has ${blocks.length} blocks of json, and one is wanted` };
  const [block] = blocks;
  return block === undefined ? { problem: `is no JSON (${whole.problem})` } : asProblem(parsed(block));
}

function parsed(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (cause) {
    return { problem: messageOf(cause).slice(0, 200) };
  }
}

function asProblem(read: ReturnType<typeof parsed>): ReturnType<typeof parsed> {
  return "value" in read ? read : { problem: `has a block of json that is no JSON (${read.problem})` };
}

function schemaProblem(json: ReturnType<typeof answerJson> | undefined, schema: JsonSchema): string | undefined {
  if (json === undefined || "problem" in json) return `The answer ${json?.problem ?? "is no JSON"}. Answer with one JSON value, and nothing around it.`;
  const problems = foreign(schema, json.value);
  if (problems.length === 0) return undefined;
  return `The answer does not fit its schema:\n${problems.map((problem) => `- ${problem}`).join("\n")}\nAnswer again with all of it.`;
}

/** A value nested deeper than the check can follow fits no schema. */
function foreign(schema: JsonSchema, value: unknown): string[] {
  try {
    return checkForeignSchema(schema, value).map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return ["it is nested too deep to be checked"];
  }
}
