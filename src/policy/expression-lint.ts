import type { ASTNode } from "@marcbachmann/cel-js";
import { nearest } from "../base/suggest.ts";
import type { ExpressionProblem } from "./expression.ts";
import { factTypes, type FactType } from "./facts.ts";

/**
 * What the language allows and a policy may not: functions outside a short list, fields that do not exist (also inside `has`), patterns
 * that are not literals, comprehensions more than two deep. Without `map` and `bind` nothing in an expression grows faster than its source.
 */

const functions = ["has", "size", "int", "double", "string", "re", "glob"];
const methods = ["startsWith", "endsWith", "contains", "size", "lowerAscii", "upperAscii", "trim", "exists", "exists_one", "all", "filter"];
const loops = new Set(["exists", "exists_one", "all", "filter"]);
const deepestLoop = 2;

interface Lint {
  problem: ExpressionProblem | undefined;
  /** Literal patterns of `re` and of `glob`, to compile. */
  regexes: string[];
  globs: string[];
}

/** Walks a parsed expression: the first thing that is refused, and the literal patterns in it. */
export function lintExpression(root: ASTNode): Lint {
  const lint: Lint = { problem: undefined, regexes: [], globs: [] };
  visit(root, lint, 0, new Set());
  return lint;
}

/** The library's own view of a node: macros stand beside the call they replace. */
interface Internals {
  meta: { evaluate: unknown; alternate?: { args: { errorsAreFatal?: boolean } } };
}

function visit(node: ASTNode, lint: Lint, loop: number, bound: ReadonlySet<string>): void {
  if (lint.problem !== undefined) return;
  if (node.op === "call") visitCall(node.args[0], node.args[1], lint);
  else if (node.op === "." || node.op === "[]") lint.problem = refusedAccess(node, bound);
  else if (node.op === "&&" || node.op === "||") makeStrict(node, node.op === "||");
  else if (node.op === "rcall") {
    const [name, receiver, args] = node.args;
    lint.problem = refusedMethod(name, loop);
    if (loops.has(name)) {
      makeStrictLoop(node);
      visit(receiver, lint, loop, bound);
      const [variable, ...rest] = args;
      const inner = variable?.op === "id" ? new Set([...bound, variable.args]) : bound;
      for (const arg of rest) visit(arg, lint, loop + 1, inner);
      return;
    }
  }
  for (const child of children(node)) visit(child, lint, loop, bound);
}

function visitCall(name: string, args: readonly ASTNode[], lint: Lint): void {
  if (!functions.includes(name)) {
    lint.problem = unknownFunction(name, functions);
    return;
  }
  if (name !== "re" && name !== "glob") return;
  const pattern = args[1];
  if (pattern?.op === "value" && typeof pattern.args === "string") lint[name === "re" ? "regexes" : "globs"].push(pattern.args);
  else lint.problem = { message: `the pattern of ${name}() must be written out`, hint: `${name}(path, 'literal pattern')` };
}

function refusedMethod(name: string, loop: number): ExpressionProblem | undefined {
  if (name === "matches") return { message: "matches() is refused: some patterns take seconds", hint: "re(text, 'literal pattern') runs in linear time" };
  if (!methods.includes(name)) return unknownFunction(name, methods);
  if (loops.has(name) && loop >= deepestLoop) return { message: `${name}() stands more than ${deepestLoop} loops deep` };
  return undefined;
}

function unknownFunction(name: string, known: readonly string[]): ExpressionProblem {
  const near = nearest(name, known);
  return { message: `unknown function ${name}()`, hint: near === undefined ? `known: ${known.join(", ")}` : `did you mean ${near}()?` };
}

/** A field that no request has is an error when the policy is read, also where the library would let it pass. */
function refusedAccess(node: ASTNode & { op: "." | "[]" }, bound: ReadonlySet<string>): ExpressionProblem | undefined {
  const [left, right] = node.args;
  const type = typeOf(left, bound);
  if (type === undefined) return undefined;
  if (typeof right !== "string") return { message: `write ${type.toLowerCase()}.field, not ${type.toLowerCase()}[…]` };
  const fields = Object.keys(factTypes[type]);
  if (fields.includes(right)) return undefined;
  const near = nearest(right, fields);
  return { message: `${type.toLowerCase()} has no field "${right}"`, hint: near === undefined ? `fields: ${fields.join(", ")}` : `did you mean "${near}"?` };
}

function typeOf(node: ASTNode, bound: ReadonlySet<string>): FactType | undefined {
  if (node.op === "id") {
    if (bound.has(node.args)) return undefined;
    return node.args === "request" ? "Request" : asFactType(field("Request", node.args));
  }
  if (node.op !== ".") return undefined;
  const left = typeOf(node.args[0], bound);
  return left === undefined ? undefined : asFactType(field(left, node.args[1]));
}

function field(type: FactType, name: string): string | undefined {
  const fields: Record<string, string> = factTypes[type];
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function asFactType(name: string | undefined): FactType | undefined {
  return name !== undefined && Object.hasOwn(factTypes, name) ? (name as FactType) : undefined;
}

function children(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    else if (value !== null && typeof value === "object" && "op" in value) found.push(value as ASTNode);
  };
  collect(node.args);
  return found;
}

interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

/**
 * CEL lets `missing == 1 || true` be true: an operand that fails is forgotten when the other one settles the answer. Here a missing fact
 * must deny, so both operators go from left to right and stop at the first failure, and so do loops.
 */
function makeStrict(node: ASTNode & { op: "&&" | "||" }, settledBy: boolean): void {
  const [left, right] = node.args;
  (node as unknown as Internals).meta.evaluate = (evaluator: Evaluator, _node: ASTNode, context: unknown): boolean => {
    const first = truth(evaluator.run(left, context));
    return first === settledBy ? first : truth(evaluator.run(right, context));
  };
}

function makeStrictLoop(node: ASTNode): void {
  const alternate = (node as unknown as Internals).meta.alternate;
  if (alternate !== undefined) alternate.args.errorsAreFatal = true;
}

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error(`${typeof value} found where true or false was needed`);
  return value;
}
