import { isMapping } from "../base/mapping.ts";

/** The body of an answer as a mapping; undefined when it is none. */
export function jsonOf(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
