import { seeded } from "../../base/seeded.ts";
import type { ParameterValue, ParameterValues } from "../../strategy/bar-strategy.ts";
import { combinations } from "./grid.ts";
import { gridSize, variantKey, type Axis, type SearchSpace } from "./space.ts";

/** Draws a wanted variant may cost: constraints that admit one point in a thousand still find theirs. */
const drawsAVariant = 2_000;
/** Grids up to this size are shuffled instead of drawn from, so that the last admitted point is found too. */
const shuffledMax = 200_000;

/**
 * Up to `count` variants that meet the constraints, none twice; fewer when there are no more. Of the same seed the same ones, and a larger count begins
 * with those of a smaller one.
 */
export function randomVariants(space: SearchSpace, count: number, seed: number): ParameterValues[] {
  const chance = seeded(seed);
  return gridSize(space) <= shuffledMax ? firstShuffled([...combinations(space)], count, chance) : drawn(space, count, chance);
}

/** Fisher and Yates, as far as it is needed. */
function firstShuffled(variants: ParameterValues[], count: number, chance: () => number): ParameterValues[] {
  const wanted = Math.min(count, variants.length);
  for (let place = 0; place < wanted; place += 1) {
    const other = place + Math.floor(chance() * (variants.length - place));
    [variants[place], variants[other]] = [variants[other] as ParameterValues, variants[place] as ParameterValues];
  }
  return variants.slice(0, wanted);
}

function drawn(space: SearchSpace, count: number, chance: () => number): ParameterValues[] {
  const found = new Map<string, ParameterValues>();
  for (let draws = 0; found.size < count && draws < count * drawsAVariant; draws += 1) {
    const parameters: Record<string, ParameterValue> = { ...space.fixed };
    for (const axis of space.axes) parameters[axis.name] = valueOn(axis, chance());
    if (space.admits(parameters)) found.set(variantKey(parameters), parameters);
  }
  return [...found.values()];
}

function valueOn(axis: Axis, share: number): ParameterValue {
  if ("values" in axis) return axis.values[Math.floor(share * axis.values.length)] as ParameterValue;
  if ("points" in axis) return axis.at(Math.floor(share * axis.points));
  return Number((axis.min + share * (axis.max - axis.min)).toPrecision(12));
}
