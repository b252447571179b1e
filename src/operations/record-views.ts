import { allViews } from "../trace/duckdb.ts";

/** The views that `query` can ask, with their columns. */
export function recordViews(): { name: string; about: string; columns: { name: string; type: string }[] }[] {
  return allViews("/").map(({ name, about, columns }) => ({ name, about, columns: columns.map(([column, type]) => ({ name: column, type })) }));
}
