import { AgentctlError } from "./errors.ts";

/**
 * Canonical JSON by RFC 8785: members sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * Refuses what has no canonical form: non-finite numbers, lone surrogates, undefined array items, functions, bigints.
 * Members whose value is undefined are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return write(value, "$");
}

function write(value: unknown, where: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw unfit(where, `the number ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw unfit(where, "a lone surrogate");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => write(item, `${where}[${index}]`)).join(",")}]`;
  }
  if (typeof value === "object") {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${write(key, where)}:${write(member, `${where}.${key}`)}`);
    return `{${members.join(",")}}`;
  }
  throw unfit(where, `a ${typeof value}`);
}

function unfit(where: string, what: string): AgentctlError {
  return new AgentctlError("base/no-canonical-json", `${where} holds ${what}, which has no canonical JSON form`);
}
