import type { DuckDBValue } from "@duckdb/node-api";

/** What a query answers: what JSON can hold. */
export type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

/**
 * A value of DuckDB as JSON: whole numbers beyond 2^53 as text, and so decimals, times, blobs and what JSON has no number for;
 * lists as lists, structs and maps as objects (maps with keys that are no text: a list of pairs). A column of type JSON is parsed.
 */
export function plain(value: DuckDBValue, json = false): Plain {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  if (typeof value === "string") return json ? parsed(value) : value;
  if ("items" in value) return value.items.map((item) => plain(item));
  if ("entries" in value) {
    const { entries } = value;
    if (!Array.isArray(entries)) return Object.fromEntries(Object.entries(entries).map(([name, member]) => [name, plain(member)]));
    const pairs = entries.map((entry): [Plain, Plain] => [plain(entry.key), plain(entry.value)]);
    return pairs.every(([key]) => typeof key === "string") ? Object.fromEntries(pairs.map(([key, member]) => [String(key), member])) : pairs;
  }
  if ("tag" in value) return { [value.tag]: plain(value.value) };
  return value.toString();
}

function parsed(text: string): Plain {
  try {
    return JSON.parse(text) as Plain;
  } catch {
    return text;
  }
}
