import { distance } from "fastest-levenshtein";

/** The nearest of `names` to `found`, or undefined when none is near (more than a third of its letters differ). */
export function nearest(found: string, names: readonly string[]): string | undefined {
  let best: { name: string; steps: number } | undefined;
  for (const name of names) {
    const steps = distance(found.toLowerCase(), name.toLowerCase());
    if (best === undefined || steps < best.steps) best = { name, steps };
  }
  return best && best.steps <= Math.max(1, Math.floor(Math.max(found.length, best.name.length) / 3)) ? best.name : undefined;
}
