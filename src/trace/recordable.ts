import { AgentctlError } from "../base/errors.ts";

const deepest = 64;

/**
 * A value as it can be recorded. What a skill answers is hostile input, and it has to be recorded all the same: lone surrogates
 * become U+FFFD, numbers that JSON cannot hold and what is nested deeper than 64 levels become a text that says so.
 * Members that are undefined are left out, and -0 becomes 0. Errors: trace/bad-event for functions, bigints, symbols and objects of a class.
 */
export function recordable(value: unknown, depth = 0): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : `«${value}»`;
  if (typeof value === "string") return value.toWellFormed();
  if (value === undefined) return null;
  if (typeof value !== "object") throw new AgentctlError("trace/bad-event", `a ${typeof value} cannot be recorded`);
  if (depth >= deepest) return `«nested deeper than ${deepest} levels»`;
  if (Array.isArray(value)) return value.map((item) => recordable(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new AgentctlError("trace/bad-event", `an object of class ${value.constructor.name} cannot be recorded`);
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name.toWellFormed(), recordable(member, depth + 1)]));
}
