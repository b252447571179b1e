import { AgentctlError } from "../../base/errors.ts";
import type { ParameterValue, ParameterValues } from "../../strategy/bar-strategy.ts";
import { gridSize, type SearchSpace } from "./space.ts";

/** Combinations that are looked at, whether the constraints admit them or not. */
const combinationsMax = 2_000_000;

/**
 * Every combination that meets the constraints, each once, the first parameter changing slowest: neighbours in the list share most of their columns.
 * Errors: experiment/no-grid (a number without a step), experiment/grid-too-large.
 */
export function gridVariants(space: SearchSpace, max: number): ParameterValues[] {
  const variants = [...combinations(space)];
  if (variants.length > max) {
    throw new AgentctlError("experiment/grid-too-large", `the grid has ${variants.length} variants that meet the constraints, and ${max} trials are allowed`, {
      hint: `--trials ${variants.length}, or --search random --trials ${max}`,
      exit: "usage",
    });
  }
  return variants;
}

/** The grid's variants, made as they are asked for. */
export function* combinations(space: SearchSpace): Generator<ParameterValues> {
  const axes = space.axes.map((axis) => {
    if ("values" in axis) return axis;
    if ("points" in axis) throw tooLarge(gridSize(space));
    throw new AgentctlError("experiment/no-grid", `parameter ${axis.name} has no step, so there is no grid`, {
      hint: `give ${axis.name} a step in strategy.yaml, or --search random`,
      exit: "usage",
    });
  });
  const size = gridSize(space);
  if (size > combinationsMax) throw tooLarge(size);
  /** Combinations after which the value of an axis, and of those behind it, begin again. */
  const strides = axes.map((_, place) => axes.slice(place).reduce((product, { values }) => product * values.length, 1));
  for (let number = 0; number < size; number += 1) {
    let rest = number;
    const values = axes.map((axis, place) => {
      rest %= strides[place] as number;
      return [axis.name, axis.values[Math.floor(rest / ((strides[place] as number) / axis.values.length))] as ParameterValue] as const;
    });
    const parameters = { ...space.fixed, ...Object.fromEntries(values) };
    if (space.admits(parameters)) yield parameters;
  }
}

function tooLarge(size: number): AgentctlError {
  return new AgentctlError("experiment/grid-too-large", `the grid has ${size} combinations; ${combinationsMax} are looked at, at most`, {
    hint: "wider steps in strategy.yaml, or --search random",
    exit: "usage",
  });
}
