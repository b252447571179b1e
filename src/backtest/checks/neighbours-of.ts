import type { ParameterValue, ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Parameter } from "../../strategy/strategy.ts";

/** A step is at least this share of a value: at 200 bars, 199 is the same thing again. */
const shareMin = 0.1;

/**
 * Variants beside this one: each parameter one step down and one up, the step of its grid or a tenth of its value, whichever is larger; choices that are
 * numbers the next smaller and larger one, other choices all of them. Within the bounds, and only what the constraints admit.
 */
export function neighboursOf(
  parameters: Readonly<Record<string, Parameter>>,
  values: ParameterValues,
  admits: (parameters: ParameterValues) => boolean,
): ParameterValues[] {
  return Object.entries(parameters).flatMap(([name, parameter]) => {
    const value = values[name];
    return value === undefined
      ? []
      : beside(parameter, value)
          .map((other) => ({ ...values, [name]: other }))
          .filter(admits);
  });
}

function beside({ type, min = -Infinity, max = Infinity, step, values = [] }: Parameter, value: ParameterValue): ParameterValue[] {
  if (type === "choice" || typeof value !== "number") return besideChoice(values, value);
  const tenth = Math.abs(value) * shareMin;
  const distance = Math.max(step ?? (type === "integer" ? 1 : 0), type === "integer" ? Math.round(tenth) : tenth);
  return [value - distance, value + distance].filter((other) => other >= min && other <= max && other !== value);
}

function besideChoice(values: readonly ParameterValue[], value: ParameterValue): ParameterValue[] {
  const numbers = values.filter((each) => typeof each === "number").toSorted((a, b) => a - b);
  if (typeof value !== "number" || numbers.length !== values.length) return values.filter((each) => each !== value);
  const at = numbers.indexOf(value);
  return [numbers[at - 1], numbers[at + 1]].filter((each) => each !== undefined);
}
