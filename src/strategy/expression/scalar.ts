import { AgentctlError } from "../../base/errors.ts";
import type { ParameterValue, ParameterValues } from "../bar-strategy.ts";
import { mapped, type Mapped } from "./column-kernels.ts";
import type { Node } from "./tree.ts";

/** The value of a part that bars have no say in. */
export function scalarOf(node: Node, parameters: ParameterValues): ParameterValue {
  if (node.kind === "constant") return node.value;
  if (node.kind === "parameter") {
    const value = Object.hasOwn(parameters, node.name) ? parameters[node.name] : undefined;
    if (value === undefined) throw new AgentctlError("strategy/bad-parameter", `the parameter ${node.name} has no value`, { exit: "usage" });
    return value;
  }
  if (node.kind !== "call") throw new AgentctlError("strategy/bad-expression", `a ${node.kind} has no value before there are bars`);
  return reckon(
    node.name,
    node.args.map((arg) => scalarOf(arg, parameters)),
  );
}

/** As `scalarOf`, where a number is known to be. */
export function numberOf(node: Node, parameters: ParameterValues): number {
  return scalarOf(node, parameters) as number;
}

/** A whole number of bars, at least `min`. Errors (exit usage): strategy/future below zero, strategy/bad-rows. */
export function rowsOf(name: string, node: Node, parameters: ParameterValues, min: 0 | 1): number {
  const rows = numberOf(node, parameters);
  if (rows < 0)
    throw new AgentctlError("strategy/future", `${name}() of ${rows} bars asks for the future`, { hint: "0 is this bar, 1 the one before", exit: "usage" });
  if (!Number.isInteger(rows) || rows < min || rows > 1_000_000) {
    throw new AgentctlError("strategy/bad-rows", `${name}() of ${rows} bars; a whole number from ${min} to 1000000 is taken`, { exit: "usage" });
  }
  return rows;
}

function reckon(name: string, args: readonly ParameterValue[]): ParameterValue {
  const [a, b, c] = args as [number, number, ParameterValue?];
  switch (name) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "==":
      return a === b;
    case "!=":
      return a !== b && !Number.isNaN(a) && !Number.isNaN(b);
    case "&&":
      return Boolean(a) && Boolean(b);
    case "||":
      return Boolean(a) || Boolean(b);
    case "!":
      return !a;
    case "min":
      return Math.min(...(args as number[]));
    case "max":
      return Math.max(...(args as number[]));
    case "if":
      return (a ? b : c) as ParameterValue;
    default:
      return mapped[name as Mapped](a);
  }
}
