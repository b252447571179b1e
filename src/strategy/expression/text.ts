import type { ParameterValues } from "../bar-strategy.ts";
import { indicators } from "../indicators.ts";
import { scalarOf } from "./scalar.ts";
import { isScalar, type Node } from "./tree.ts";

/**
 * A part as text with every column and parameter filled in: the same text, the same values. `frames` is what a timeframe is called (its length, for
 * columns that are shared; its name, for people); `known` keeps the texts of parts that are named more than once.
 */
export function textOf(node: Node, parameters: ParameterValues, frames: (name: string) => string, known: Map<Node, string> = new Map()): string {
  const earlier = known.get(node);
  if (earlier !== undefined) return earlier;
  const text = written(node, parameters, frames, known);
  known.set(node, text);
  return text;
}

function written(node: Node, parameters: ParameterValues, frames: (name: string) => string, known: Map<Node, string>): string {
  const of = (part: Node): string => textOf(part, parameters, frames, known);
  if (isScalar(node.sort)) {
    const value = scalarOf(node, parameters);
    if (typeof value === "string") return JSON.stringify(value);
    return Number.isNaN(value) ? "none" : Object.is(value, -0) ? "-0" : String(value);
  }
  const at = node.frame === undefined ? "" : `${frames(node.frame)}.`;
  switch (node.kind) {
    case "bar":
      return at + node.column;
    case "lift":
      return of(node.of);
    case "indicator": {
      const args = [...(node.of === undefined ? [] : [of(node.of)]), ...node.settings.map(of)];
      const output = indicators[node.name]?.outputs.length === 1 ? "" : `.${node.output}`;
      return `${node.of === undefined ? at : ""}${node.name}(${args.join(", ")})${output}`;
    }
    case "call": {
      const args = node.args.map(of);
      if (node.name === "negative") return `-(${args[0]})`;
      if (node.name === "!") return `!(${args[0]})`;
      return /^[a-z]/.test(node.name) ? `${node.name}(${args.join(", ")})` : `(${args.join(` ${node.name} `)})`;
    }
    default:
      return "";
  }
}
