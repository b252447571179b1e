import type { ParameterValue, ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Parameter } from "../../strategy/strategy.ts";

/** One parameter that is searched: the values it may have; their number and distance, where they are too many to list; or, for a number without a step, the range. */
export type Axis =
  | { name: string; values: readonly ParameterValue[] }
  | { name: string; points: number; at(index: number): number }
  | { name: string; min: number; max: number };

/** What a search may try: axes in the order of strategy.yaml, parameters that stay as they are, and the constraints over all of them. */
export interface SearchSpace {
  axes: readonly Axis[];
  fixed: ParameterValues;
  admits(parameters: ParameterValues): boolean;
}

/** Points of an axis that are listed: a strategy may have many axes, and names their bounds as it likes. */
const listedMax = 100_000;

/**
 * The space of a strategy's parameters. Those that are `fixed` are not searched; a number without bounds is none to search either and keeps its default.
 */
export function searchSpace(
  parameters: Readonly<Record<string, Parameter>>,
  fixed: ParameterValues,
  admits: (parameters: ParameterValues) => boolean,
): SearchSpace {
  const axes: Axis[] = [];
  const kept: Record<string, ParameterValue> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    // A parameter may be named `constructor`.
    const given = Object.hasOwn(fixed, name) ? fixed[name] : undefined;
    const axis = given === undefined ? axisOf(name, parameter) : undefined;
    if (axis === undefined) kept[name] = given ?? parameter.default;
    else axes.push(axis);
  }
  return { axes, fixed: kept, admits };
}

/** Combinations on the grid, constraints not looked at; Infinity where an axis has no step. */
export function gridSize({ axes }: SearchSpace): number {
  return axes.reduce((size, axis) => size * ("values" in axis ? axis.values.length : "points" in axis ? axis.points : Number.POSITIVE_INFINITY), 1);
}

/** Two variants are the same when their values are, by name. */
export function variantKey(parameters: ParameterValues): string {
  return JSON.stringify(
    Object.keys(parameters)
      .toSorted()
      .map((name) => [name, parameters[name]]),
  );
}

function axisOf(name: string, { type, min, max, step, values }: Parameter): Axis | undefined {
  if (type === "choice") return { name, values: values ?? [] };
  if (min === undefined || max === undefined) return undefined;
  const stride = step ?? (type === "integer" ? 1 : undefined);
  if (stride === undefined) return { name, min, max };
  // Counted, not added up, so that 0.1 + 0.1 + 0.1 does not miss the last point.
  const points = Math.floor((max - min) / stride + 1e-9) + 1;
  const at = (index: number): number => rounded(min + index * stride, type);
  return points > listedMax ? { name, points, at } : { name, values: Array.from({ length: points }, (_, index) => at(index)) };
}

/** Twelve digits are more than any range needs, and 0.30000000000000004 is 0.3. */
function rounded(value: number, type: Parameter["type"]): number {
  return type === "integer" ? value : Number(value.toPrecision(12));
}
