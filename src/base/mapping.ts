/** Whether a value is what JSON calls an object: members by name, and no list. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
