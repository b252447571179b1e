import jsep from "jsep";
import { messageOf } from "../../base/errors.ts";
import { expressionCharactersMax } from "../schema.ts";

/** What an expression says, before anything is known about its names. */
export type Syntax =
  | { kind: "number"; value: number }
  | { kind: "text"; value: string }
  | { kind: "flag"; value: boolean }
  | { kind: "name"; name: string }
  /** `object.name`, e.g. week.close, or one of the columns of an indicator: macd(close, 12, 26, 9).signal */
  | { kind: "member"; object: Syntax; name: string }
  /** Operators are calls of their sign. `frame` is there in week.atr(14). */
  | { kind: "call"; name: string; frame?: string; args: Syntax[] };

export interface Problem {
  message: string;
  hint?: string | undefined;
}

/** Levels of parentheses, and of the whole once it is read. */
export const depthMax = 48;

const binary: Readonly<Record<string, number>> = {
  or: 1,
  "||": 1,
  and: 2,
  "&&": 2,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
};
const unary = ["-", "+", "!", "not"];
const words: Readonly<Record<string, string>> = { and: "&&", or: "||", not: "!" };

jsep.removeAllBinaryOps();
jsep.removeAllUnaryOps();
jsep.removeAllLiterals();
for (const [sign, precedence] of Object.entries(binary)) jsep.addBinaryOp(sign, precedence);
for (const sign of unary) jsep.addUnaryOp(sign);
jsep.addLiteral("true", true);
jsep.addLiteral("false", false);
// No number: an order without that price, a weight that stays.
jsep.addLiteral("none", Number.NaN);

/** Reads an expression; never throws for what is written in it. */
export function parseExpression(text: string): { syntax: Syntax } | { problem: Problem } {
  if (text.length > expressionCharactersMax)
    return {
      problem: { message: `has ${text.length} characters; at most ${expressionCharactersMax} are read`, hint: "name parts of it under signals.columns" },
    };
  if (nesting(text) > depthMax) return { problem: { message: `has more than ${depthMax} levels of parentheses` } };
  try {
    const syntax = read(jsep(text), 0);
    const problem = unparted(text);
    return problem === undefined ? { syntax } : { problem };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { problem: thrown.problem };
    // The parser recurses, e.g. over thousands of signs in a row.
    const message = thrown instanceof RangeError ? "is nested too deep" : `cannot be read: ${worded(messageOf(thrown))}`;
    return { problem: { message, hint: hintFor(text) } };
  }
}

class Unreadable extends Error {
  readonly problem: Problem;
  constructor(message: string, hint?: string) {
    super(message);
    this.problem = { message, hint };
  }
}

function read(node: jsep.Expression, depth: number): Syntax {
  if (depth > depthMax) throw new Unreadable(`has more than ${depthMax} levels`, "name parts of it under signals.columns");
  const inner = (part: jsep.Expression): Syntax => read(part, depth + 1);
  switch (node.type) {
    case "Literal":
      return literal((node as jsep.Literal).value);
    case "Identifier":
      return { kind: "name", name: (node as jsep.Identifier).name };
    case "BinaryExpression": {
      const { operator, left, right } = node as jsep.BinaryExpression;
      return { kind: "call", name: words[operator] ?? operator, args: [inner(left), inner(right)] };
    }
    case "UnaryExpression": {
      const { operator, argument } = node as jsep.UnaryExpression;
      if (operator === "+") return inner(argument);
      const read = inner(argument);
      if (operator === "-" && read.kind === "number") return { kind: "number", value: -read.value };
      return { kind: "call", name: operator === "-" ? "negative" : "!", args: [read] };
    }
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node as jsep.ConditionalExpression;
      return { kind: "call", name: "if", args: [inner(test), inner(consequent), inner(alternate)] };
    }
    case "MemberExpression": {
      const { computed, object, property, optional } = node as jsep.MemberExpression;
      if (computed || optional === true) throw new Unreadable("[…] and ?. mean nothing here", "shift(close, 1) is the close of the bar before");
      return { kind: "member", object: inner(object), name: (property as jsep.Identifier).name };
    }
    case "CallExpression":
      return call(node as jsep.CallExpression, inner);
    case "Compound":
      throw new Unreadable((node as jsep.Compound).body.length === 0 ? "is empty" : "holds more than one expression", "join conditions with && and ||");
    default:
      throw new Unreadable(`holds a ${node.type.replace(/Expression$/, "").toLowerCase()} expression, which means nothing here`);
  }
}

function call({ callee, arguments: args }: jsep.CallExpression, inner: (part: jsep.Expression) => Syntax): Syntax {
  if (callee.type === "Identifier") return { kind: "call", name: (callee as jsep.Identifier).name, args: args.map(inner) };
  const { object, property, computed } = callee as jsep.MemberExpression;
  if (callee.type !== "MemberExpression" || computed || object.type !== "Identifier")
    throw new Unreadable("calls something that is no name", "a function is called as in sma(close, 10), on a timeframe as in week.atr(14)");
  return { kind: "call", name: (property as jsep.Identifier).name, frame: (object as jsep.Identifier).name, args: args.map(inner) };
}

function literal(value: jsep.Literal["value"]): Syntax {
  if (typeof value === "number") {
    if (Math.abs(value) === Number.POSITIVE_INFINITY) throw new Unreadable("holds a number that is not finite");
    return { kind: "number", value };
  }
  if (typeof value === "boolean") return { kind: "flag", value };
  if (typeof value === "string") return { kind: "text", value };
  throw new Unreadable("holds a value that is neither a number nor a text");
}

/** The parser takes arguments that no comma parts; for a reader `sma(close fast)` may be anything. */
function unparted(text: string): Problem | undefined {
  let before: string | undefined;
  for (const [token] of text.matchAll(/"[^"]*"|'[^']*'|[A-Za-z_$][\w$]*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\S/g)) {
    const operand = /^[\w$"'.]/.test(token) && token !== "." && !["and", "or", "not"].includes(token);
    if (before !== undefined && (operand || (token === "(" && !/^[A-Za-z_$]/.test(before))))
      return { message: `has nothing between ${before} and ${token}`, hint: "a comma parts arguments, && and || join conditions" };
    before = operand || token === ")" ? token : undefined;
  }
  return undefined;
}

function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "(" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === ")" || character === "]") depth -= 1;
  }
  return deepest;
}

function hintFor(text: string): string | undefined {
  if (/===|!==/.test(text)) return "compare with == and !=";
  if (/(^|[^=<>!])=([^=]|$)/.test(text)) return "compare with ==";
  return /\^|\*\*/.test(text) ? "write a power as a product" : undefined;
}

/** `Unclosed ( at character 4` as one of our messages. */
function worded(message: string): string {
  const line = (message.split("\n")[0] ?? "").slice(0, 200);
  return line.charAt(0).toLowerCase() + line.slice(1);
}
