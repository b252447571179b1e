import { AgentctlError, messageOf } from "../base/errors.ts";

/** One thing that `doctor` looked at. */
export interface Check {
  /** Stable, e.g. `git`, `image/python`. */
  id: string;
  level: "ok" | "warn" | "miss";
  /** Whether nothing sensible works without it: then a `miss` makes doctor end with 1. */
  required: boolean;
  found: string;
  /** What to do: a command to run. */
  mend?: string | undefined;
}

/** Fine; nothing to do. */
export function ok(id: string, found: string): Check {
  return { id, level: "ok", required: false, found };
}

/** Works, but not as it should. */
export function warn(id: string, found: string, mend?: string): Check {
  return { id, level: "warn", required: false, found, mend };
}

/** Not there, or not usable. `required`: doctor ends with 1. */
export function miss(id: string, found: string, mend?: string, required = true): Check {
  return { id, level: "miss", required, found, mend };
}

/** Runs a check that may throw: then what it threw is the finding, and its hint the mend. */
export async function attempt(id: string, look: () => Promise<Check | Check[]> | Check | Check[], required = true): Promise<Check[]> {
  try {
    return [await look()].flat();
  } catch (thrown) {
    const [line = ""] = messageOf(thrown).split("\n");
    return [miss(id, line, thrown instanceof AgentctlError ? thrown.hint : undefined, required)];
  }
}

/** Whether a dotted version such as `20.10.24+dfsg1` is at least another. */
export function atLeast(version: string, wanted: string): boolean {
  const found = numbers(version);
  for (const [index, part] of numbers(wanted).entries()) {
    const own = found[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

function numbers(version: string): number[] {
  return (/^[0-9.]+/.exec(version)?.[0] ?? "").split(".").map(Number);
}
