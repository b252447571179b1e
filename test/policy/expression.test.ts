import { describe, expect, test } from "vitest";
import { compileExpression, expressionLimits } from "../../src/policy/expression.ts";
import { argLimits, RequestFacts } from "../../src/policy/facts.ts";
import type { ActionRequest } from "../../src/policy/request.ts";
import { agent } from "../support/policies.ts";

const request: ActionRequest = {
  action: "tool.call",
  class: "W",
  actor: agent(2),
  tool: "shell",
  host: "API.Example.com",
  skill: { name: "pdf", trust: "own", committed: true, digest: "d" },
  limits: { timeoutMs: 30_000, memoryMiB: 256 },
  args: { n: 3, half: 0.5, names: ["a", "b"], deep: { x: "y" }, constructor: "own", "with-dash": true },
};

function evaluate(source: string, of: ActionRequest = request): boolean | string {
  const compiled = compileExpression(source);
  if ("problem" in compiled) throw new Error(compiled.problem.message);
  try {
    return compiled.expression.test(new RequestFacts(of));
  } catch (error) {
    return (error as Error).message;
  }
}

function problem(source: string): string {
  const compiled = compileExpression(source);
  return "problem" in compiled ? `${compiled.problem.message}${compiled.problem.hint === undefined ? "" : ` | ${compiled.problem.hint}`}` : "no problem";
}

describe("what holds", () => {
  test.each([
    ["actor.level < 3", true],
    ["actor.level == 3", false],
    ['class in ["W", "B"]', true],
    ['skill.trust == "own" && skill.committed', true],
    ["limits.timeoutMs <= 30000", true],
    ['host == "api.example.com"', true],
    ["args.n == 3 && args.half < 1.0", true],
    ['args["with-dash"] == true', true],
    ['args.deep.x == "y"', true],
    ['args.names.exists(n, n == "b")', true],
    ['args.names.all(n, n == "b")', false],
    ['size(args.names.filter(n, n != "a")) == 1', true],
    ["has(request.port)", false],
    ["has(request.port) && port == 443", false],
    ["has(skill.version)", false],
    ['re(host, "^api\\\\.") && !re(host, "^web")', true],
    ["glob(tool, 'sh*')", true],
    ['tool.startsWith("sh") ? true : false', true],
  ])("%s is %s", (source, expected) => {
    expect(evaluate(source)).toBe(expected);
  });
});

describe("a missing fact or a wrong type fails, wherever it stands", () => {
  test.each([
    ["port == 443", "the request has no port"],
    ["port == 443 || true", "the request has no port"],
    ["!(port == 443)", "the request has no port"],
    ["has(request.port) || port == 443", "the request has no port"],
    ['skill.version == "1" || skill.committed', 'the field "version" is missing'],
    ["args.missing == 1 || true", 'the field "missing" is missing'],
    ['args.names.exists(n, n.x == "1" || true)', 'the field "x" is missing'],
    ["args.n && true", "bigint found where true or false was needed"],
    ["args.deep == 1 || args.n", "bigint found where true or false was needed"],
  ])("%s: %s", (source, message) => {
    expect(evaluate(source)).toBe(message);
  });

  test("what stands right of a settled answer is not looked at", () => {
    expect(evaluate("true || port == 443")).toBe(true);
    expect(evaluate("false && port == 443")).toBe(false);
  });
});

describe("refused when the policy is read", () => {
  test.each([
    ["actor.lvel < 3", 'actor has no field "lvel" | did you mean "level"?'],
    ["has(request.prt)", 'request has no field "prt" | did you mean "port"?'],
    ["has(skill.versoin)", 'skill has no field "versoin" | did you mean "version"?'],
    ["claas == 'R'", 'unknown fact "claas" | did you mean "class"?'],
    ['host.matches("^a")', "matches() is refused: some patterns take seconds | re(text, 'literal pattern') runs in linear time"],
    ["re(host, tool)", "the pattern of re() must be written out | re(path, 'literal pattern')"],
    ["glob(path, args.pattern)", "the pattern of glob() must be written out | glob(path, 'literal pattern')"],
    ["actor.level", "the expression answers int, not true or false | compare it with something"],
    ["args.n", "the expression answers dyn, not true or false | compare it with something"],
    ['actor["level"] == 2', "write actor.field, not actor[…]"],
    ["startWith(host, 'a')", "unknown function startWith() | known: has, size, int, double, string, re, glob"],
    ["host.startWith('a')", "unknown function startWith() | did you mean startsWith()?"],
    [
      "['a'].map(x, x + x) == ['aa']",
      "unknown function map() | known: startsWith, endsWith, contains, size, lowerAscii, upperAscii, trim, exists, exists_one, all, filter",
    ],
    ["args.a.exists(x, args.b.exists(y, args.c.exists(z, z == y)))", "exists() stands more than 2 loops deep"],
    ["actor.constructor == 1", 'actor has no field "constructor" | fields: kind, name, level'],
    ["actor.__proto__ == 1", 'actor has no field "__proto__" | fields: kind, name, level'],
  ])("%s", (source, expected) => {
    expect(problem(source)).toBe(expected);
  });

  test("types that do not fit each other", () => {
    expect(problem("actor.level == 'two'")).toMatch(/no such overload: int == string/);
  });

  test("sources, trees and lists beyond their bounds", () => {
    expect(problem(`class == "${"x".repeat(expressionLimits.characters)}"`)).toMatch(/the expression has 2011 characters; at most 2000 are read/);
    expect(problem(Array.from({ length: 100 }, () => "true").join(" && ") + Array.from({ length: 100 }, () => " || true").join(""))).toBe("no problem");
    expect(problem(Array.from({ length: 250 }, () => "1==1").join("&&"))).toMatch(/maxAstNodes/i);
    expect(problem(`${"(".repeat(40)}true${")".repeat(40)}`)).toMatch(/maxDepth/i);
    expect(problem(`actor.level in [${Array.from({ length: 101 }, (_, n) => n).join()}]`)).toMatch(/maxListElements/i);
  });

  test("look-around in a pattern", () => {
    expect(problem("re(host, '(?=a)b')")).toMatch(/invalid or unsupported Perl syntax.*\| patterns are RE2/);
  });
});

describe("hostile arguments", () => {
  test("names lead to no prototype", () => {
    expect(evaluate('args.constructor == "own"')).toBe(true);
    expect(evaluate("args.toString == 1", { ...request, args: {} })).toBe('the field "toString" is missing');
    expect(evaluate("has(args.__proto__)", { ...request, args: {} })).toBe(false);
    const own = JSON.parse('{"__proto__": 1}') as object;
    expect(evaluate("args.__proto__ == 1", { ...request, args: { ...request.args, own } })).toBe('the field "__proto__" is missing');
    expect(evaluate("args.own.__proto__ == 1", { ...request, args: { own } })).toBe(true);
  });

  test.each([
    ["a list", { a: Array.from({ length: argLimits.listItems + 1 }, () => 1) }, /a list of 201/],
    ["many values", Object.fromEntries(Array.from({ length: argLimits.values + 1 }, (_, n) => [`k${n}`, n])), /more than 1000 values/],
    ["much text", { a: "x".repeat(argLimits.characters + 1) }, /more than 65536 characters/],
    ["deep nesting", { a: JSON.parse(`${'{"a":'.repeat(20)}1${"}".repeat(20)}`) as object }, /nested deeper than 8/],
  ])("%s is refused, and only where a rule looks", (_what, args, expected) => {
    expect(evaluate("has(args.a)", { ...request, args })).toMatch(expected);
    expect(evaluate("actor.level == 2", { ...request, args })).toBe(true);
  });

  test("the worst input for a backtracking pattern is answered at once", () => {
    const started = process.hrtime.bigint();
    expect(evaluate('re(args.text, "^(\\\\w+\\\\s?)*$")', { ...request, args: { text: `${"a".repeat(60_000)}!` } })).toBe(false);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1_000);
  });
});
