import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { ParameterValue, ParameterValues } from "./bar-strategy.ts";
import { expressionsOf } from "./compile.ts";
import { scalarOf } from "./expression/scalar.ts";
import type { Parameter, Strategy } from "./strategy.ts";

/**
 * Every parameter by name: what was given (as text, e.g. from a command line, or as a value), defaults for the rest, in the order of strategy.yaml.
 * Errors (exit usage): strategy/bad-parameter (unknown, of another type, out of range). Constraints are asked with `meetsConstraints`.
 */
export function parametersOf(strategy: Pick<Strategy, "name" | "parameters">, given: Readonly<Record<string, ParameterValue>>): ParameterValues {
  const known = Object.keys(strategy.parameters);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw bad(
      `${strategy.name} has no parameter ${JSON.stringify(unknown)}`,
      near === undefined ? `it has ${known.join(", ") || "none"}` : `did you mean ${near}?`,
    );
  }
  return Object.fromEntries(
    Object.entries(strategy.parameters).map(([name, parameter]) => {
      if (!Object.hasOwn(given, name)) return [name, parameter.default];
      const value = valueOf(parameter, given[name] as ParameterValue);
      const problem = value === undefined ? `is no ${parameter.type}` : outOfRange(parameter, value);
      if (value === undefined || problem !== undefined)
        throw bad(`the parameter ${name} of ${strategy.name} is ${JSON.stringify(given[name])}, which ${problem}`, `agentctl strategy show ${strategy.name}`);
      return [name, value];
    }),
  );
}

/** Whether these values meet every constraint of strategy.yaml. */
export function meetsConstraints(strategy: Strategy, parameters: ParameterValues): boolean {
  return expressionsOf(strategy).constraints.every((constraint) => scalarOf(constraint, parameters) === true);
}

/** Why a value of the right type is none that the parameter can have, to follow "which"; undefined when it can. */
export function outOfRange({ type, min, max, values }: Parameter, value: ParameterValue): string | undefined {
  if (type === "choice") return values?.includes(value) === true ? undefined : `is none of ${(values ?? []).map((each) => JSON.stringify(each)).join(", ")}`;
  if (typeof value !== "number" || !Number.isFinite(value)) return "is no number";
  if (type === "integer" && !Number.isSafeInteger(value)) return "is not whole";
  if (min !== undefined && value < min) return `is below ${min}`;
  return max !== undefined && value > max ? `is above ${max}` : undefined;
}

/** A value as the parameter has it; undefined when it cannot be read as one. */
function valueOf({ type, values }: Parameter, given: ParameterValue): ParameterValue | undefined {
  if (type === "choice") return values?.find((value) => value === given || String(value) === given) ?? given;
  if (typeof given === "number") return given;
  return typeof given === "string" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(given.trim()) ? Number(given) : undefined;
}

function bad(message: string, hint: string): AgentctlError {
  return new AgentctlError("strategy/bad-parameter", message, { hint, exit: "usage" });
}
