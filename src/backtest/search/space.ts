import type { ParameterValue, ParameterValues } from "../../strategy/bar-strategy.ts";
import type { Parameter } from "../../strategy/strategy.ts";

/** One parameter that is searched: the values it may have, or, for a number without a step, the range. */
export type Axis = { name: string; values: readonly ParameterValue[] } | { name: string; min: number; max: number };

/** What a search may try: axes in the order of strategy.yaml, parameters that stay as they are, and the constraints over all of them. */
export interface SearchSpace {
  axes: readonly Axis[];
  fixed: ParameterValues;
  admits(parameters: ParameterValues): boolean;
}

/** Points of an axis with a step beyond which a range is a mistake. */
const pointsMax = 1_000_000;

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
    const given = fixed[name];
    const axis = given === undefined ? axisOf(name, parameter) : undefined;
    if (axis === undefined) kept[name] = given ?? parameter.default;
    else axes.push(axis);
  }
  return { axes, fixed: kept, admits };
}

/** Combinations on the grid, constraints not looked at; Infinity where an axis has no step. */
export function gridSize({ axes }: SearchSpace): number {
  return axes.reduce((size, axis) => size * ("values" in axis ? axis.values.length : Number.POSITIVE_INFINITY), 1);
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
  const points = Math.min(pointsMax, Math.floor((max - min) / stride + 1e-9) + 1);
  return { name, values: Array.from({ length: points }, (_, index) => rounded(min + index * stride, type)) };
}

/** Twelve digits are more than any range needs, and 0.30000000000000004 is 0.3. */
function rounded(value: number, type: Parameter["type"]): number {
  return type === "integer" ? value : Number(value.toPrecision(12));
}
