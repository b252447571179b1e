import type { ParameterValues } from "../../strategy/bar-strategy.ts";
import { variantKey } from "./space.ts";

/**
 * The median figure of a variant and those one step away from it in one parameter (the next smaller and the next larger value that was tried; other choices
 * are all one step away). A peak that stands alone has a low one: it is luck more often than not. Null when none of
 * them was tried, or fewer than half of those have a figure.
 */
export function neighbourMedians(variants: readonly ParameterValues[], figures: readonly (number | null)[]): (number | null)[] {
  const places = new Map(variants.map((variant, place) => [variantKey(variant), place]));
  const tried = triedValues(variants);
  return variants.map((variant) => {
    const around = [variant, ...[...tried].flatMap(([name, values]) => besides(variant, name, values))]
      .map((neighbour) => places.get(variantKey(neighbour)))
      .filter((place) => place !== undefined)
      .map((place) => figures[place] ?? null);
    const found = around.filter((figure) => figure !== null);
    return around.length < 2 || found.length * 2 < around.length ? null : middle(found);
  });
}

type Values = ParameterValues[string][];

/** Of each parameter that was varied, its values: numbers in order. */
function triedValues(variants: readonly ParameterValues[]): Map<string, Values> {
  const tried = new Map<string, Values>();
  for (const name of Object.keys(variants[0] ?? {})) {
    const values = [...new Set(variants.map((variant) => variant[name] as Values[number]))];
    if (values.length > 1)
      tried.set(
        name,
        values.toSorted((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : 0)),
      );
  }
  return tried;
}

function besides(variant: ParameterValues, name: string, values: Values): ParameterValues[] {
  const value = variant[name] as Values[number];
  const place = values.indexOf(value);
  const others = typeof value === "number" ? [values[place - 1], values[place + 1]] : values.filter((other) => other !== value);
  return others.filter((other) => other !== undefined).map((other) => ({ ...variant, [name]: other }));
}

function middle(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}
