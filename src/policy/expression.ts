import { Environment } from "@marcbachmann/cel-js";
import { messageOf } from "../base/errors.ts";
import { compilePattern, type Pattern } from "../base/pattern.ts";
import { nearest } from "../base/suggest.ts";
import { ActorFacts, factTypes, LimitsFacts, RequestFacts, SkillFactsView } from "./facts.ts";
import { lintExpression } from "./expression-lint.ts";
import { compileGlob, type Glob } from "./glob.ts";

/** A compiled `when`. */
export interface Expression {
  source: string;
  /** Throws when a fact is missing or an operand has the wrong type; the message is for people. */
  test(facts: RequestFacts): boolean;
}

export interface ExpressionProblem {
  message: string;
  hint?: string | undefined;
}

export const expressionLimits = { characters: 2_000, nodes: 400, depth: 24, listItems: 100, mapEntries: 32, arguments: 8, patternCharacters: 200 };

// Patterns are literals of committed policies, compiled when the policy is read; these maps only find them again.
const regexes = new Map<string, Pattern>();
const globs = new Map<string, Glob>();

const environment = new Environment({
  unlistedVariablesAreDyn: false,
  homogeneousAggregateLiterals: true,
  enableOptionalTypes: false,
  limits: {
    maxAstNodes: expressionLimits.nodes,
    maxDepth: expressionLimits.depth,
    maxListElements: expressionLimits.listItems,
    maxMapEntries: expressionLimits.mapEntries,
    maxCallArguments: expressionLimits.arguments,
  },
});
environment.registerType("Actor", { ctor: ActorFacts, fields: { ...factTypes.Actor } });
environment.registerType("Skill", { ctor: SkillFactsView, fields: { ...factTypes.Skill } });
environment.registerType("Limits", { ctor: LimitsFacts, fields: { ...factTypes.Limits } });
environment.registerType("Request", { ctor: RequestFacts, fields: { ...factTypes.Request } });
for (const [name, type] of Object.entries(factTypes.Request)) environment.registerVariable(name, type);
environment.registerVariable("request", "Request");
environment.registerFunction("re(string, string): bool", (text: string, pattern: string) => regexes.get(pattern)?.test(text) ?? false, { async: false });
environment.registerFunction("glob(string, string): bool", (text: string, pattern: string) => globs.get(pattern)?.test(text) ?? false, { async: false });

const variables = [...Object.keys(factTypes.Request), "request"];

/** Compiles and type-checks one CEL expression over the facts of a request; it must answer true or false. */
export function compileExpression(source: string): { expression: Expression } | { problem: ExpressionProblem } {
  if (source.length > expressionLimits.characters) {
    return { problem: { message: `the expression has ${source.length} characters; at most ${expressionLimits.characters} are read` } };
  }
  try {
    const parsed = environment.parse(source);
    const lint = lintExpression(parsed.ast);
    if (lint.problem !== undefined) return { problem: lint.problem };
    for (const pattern of lint.regexes) {
      const problem = compileRegex(pattern);
      if (problem !== undefined) return { problem };
    }
    for (const pattern of lint.globs) {
      const glob = compileGlob(pattern, "path");
      if ("problem" in glob) return { problem: { message: `glob(…, ${JSON.stringify(pattern)}): ${glob.problem}` } };
      globs.set(pattern, glob);
    }
    const check = parsed.check();
    if (!check.valid) return { problem: worded(check.error) };
    if (check.type !== "bool") return { problem: { message: `the expression answers ${check.type}, not true or false`, hint: "compare it with something" } };
    return { expression: { source, test: (facts) => test(parsed, facts) } };
  } catch (cause) {
    return { problem: worded(cause) };
  }
}

function compileRegex(pattern: string): ExpressionProblem | undefined {
  if (regexes.has(pattern)) return undefined;
  if (pattern.length > expressionLimits.patternCharacters) return { message: `a pattern of re() has at most ${expressionLimits.patternCharacters} characters` };
  try {
    regexes.set(pattern, compilePattern(pattern));
    return undefined;
  } catch (cause) {
    return { message: `re(…, ${JSON.stringify(pattern)}): ${messageOf(cause)}`, hint: "patterns are RE2: no look-around, no back-references" };
  }
}

function test(parsed: (context: RequestFacts) => unknown, facts: RequestFacts): boolean {
  let answer: unknown;
  try {
    answer = parsed(facts);
  } catch (cause) {
    throw new Error(worded(cause).message, { cause });
  }
  if (typeof answer !== "boolean") throw new Error("the expression did not answer true or false");
  return answer;
}

/** The library's errors in our words: it draws the source under its message. */
function worded(cause: unknown): ExpressionProblem {
  const { code, summary } = cause as { code?: string; summary?: string };
  const message = (summary ?? messageOf(cause)).split("\n")[0] ?? "";
  const unknown = /^Unknown variable: (\S+)/.exec(message)?.[1];
  if (unknown !== undefined) {
    if (variables.includes(unknown)) return { message: `the request has no ${unknown}`, hint: `ask first: has(request.${unknown}) && …` };
    const near = nearest(unknown, variables);
    return { message: `unknown fact "${unknown}"`, hint: near === undefined ? `known facts: ${variables.join(", ")}` : `did you mean "${near}"?` };
  }
  const missing = /^No such key: (.+)/.exec(message)?.[1];
  if (code === "no_such_key" && missing !== undefined) return { message: `the field "${missing}" is missing`, hint: "ask first with has(…)" };
  return { message: message.charAt(0).toLowerCase() + message.slice(1) };
}
