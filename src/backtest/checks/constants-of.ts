import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Parameter, Strategy } from "../../strategy/strategy.ts";

/** A number of an expression, and before it what may hold digits that are none: names (`ema2`) and texts. */
const tokens = /"[^"]*"|'[^']*'|[A-Za-z_$][\w$]*|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/gi;

/**
 * The same declared strategy with the numbers in its expressions as parameters, and their values; a number that is written into a rule was chosen as much
 * as one that is called a parameter. 0 and 1 stay what they are: they are seldom chosen. undefined of code, and where there are no such numbers.
 */
export function constantsOf(strategy: Strategy): { strategy: Strategy; values: ParameterValues } | undefined {
  const { signals } = strategy;
  if (signals.kind !== "declared") return undefined;
  const prefix = unusedIn(JSON.stringify(signals));
  const parameters: Record<string, Parameter> = {};
  const named = (text: string): string =>
    text.replace(tokens, (token) => {
      const value = Number(token);
      if (!/^[\d.]/.test(token) || value === 0 || value === 1) return token;
      const name = `${prefix}${Object.keys(parameters).length}`;
      parameters[name] = { type: Number.isInteger(value) ? "integer" : "number", default: value };
      return name;
    });
  const all = <T extends Readonly<Partial<Record<string, string>>>>(texts: T): T =>
    Object.fromEntries(Object.entries(texts).map(([name, text = ""]) => [name, named(text)])) as T;
  const varied = { ...strategy, signals: { ...signals, columns: all(signals.columns), rules: all(signals.rules) } };
  const values = Object.fromEntries(Object.entries(parameters).map(([name, { default: value }]) => [name, value]));
  if (Object.keys(parameters).length === 0) return undefined;
  return { strategy: { ...varied, parameters: { ...strategy.parameters, ...parameters } }, values };
}

/** What no name in the rules begins with. */
function unusedIn(text: string): string {
  let prefix = "constant_";
  while (text.includes(prefix)) prefix += "_";
  return prefix;
}
