import type { DuckDBVector } from "@duckdb/node-api";
import { AgentctlError } from "../base/errors.ts";

/**
 * The memory of a vector of doubles, to be read or filled (then `flush()` it) at once: row by row costs ten times as much. NULL shows as 0 there, so
 * columns are made without NULL first. Error: trace/no-doubles.
 */
export function doubles(vector: DuckDBVector): Float64Array {
  const { items } = vector as { items?: unknown };
  if (items instanceof Float64Array) return items;
  throw new AgentctlError("trace/no-doubles", "a column that holds numbers does not hold doubles");
}
