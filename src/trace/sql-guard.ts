import type { DuckDBConnection } from "@duckdb/node-api";
import { AgentctlError } from "../base/errors.ts";

/**
 * Table functions that only compute. The rest is refused by name, because some act: `SELECT * FROM enable_logging(…)` writes files
 * into an allowed directory although the configuration is locked (measured), and `query('…')` hides what it calls.
 */
const harmless = new Set(["range", "generate_series", "unnest", "json_each", "json_tree", "repeat", "repeat_row"]);

/** Lets one SELECT pass that reads tables and computes; DuckDB's own parser says what it is. Errors: trace/bad-query, trace/query-refused. */
export async function requireSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR)", [sql]);
  const parsed = JSON.parse(String(reader.getRows()[0]?.[0])) as { error: boolean; error_type?: string; error_message?: string; statements?: unknown[] };
  if (parsed.error && parsed.error_type === "parser") throw badQuery(`Parser Error: ${parsed.error_message ?? ""}`);
  if (parsed.error) throw refused("only SELECT may be asked; it cannot change data, settings or files");
  const count = parsed.statements?.length ?? 0;
  if (count !== 1) throw refused(count === 0 ? "there is no statement" : `there are ${count} statements; one may be asked`);
  for (const name of tableFunctions(parsed.statements)) {
    if (!harmless.has(name.toLowerCase())) throw refused(`the table function ${name}() may not be called`);
  }
}

/** DuckDB cannot read it (exit usage). */
export function badQuery(said: string, cause?: unknown): AgentctlError {
  return new AgentctlError("trace/bad-query", said.trim(), { hint: "agentctl query --schema", exit: "usage", cause });
}

/** It could be run, and may not (exit usage). */
export function refused(why: string, cause?: unknown): AgentctlError {
  return new AgentctlError("trace/query-refused", `the query is refused: ${why}`, { hint: "agentctl query --schema", exit: "usage", cause });
}

function* tableFunctions(node: unknown): Generator<string> {
  if (node === null || typeof node !== "object") return;
  if ("type" in node && node.type === "TABLE_FUNCTION") yield nameOf(node);
  for (const member of Object.values(node)) yield* tableFunctions(member);
}

function nameOf(node: object): string {
  const called = "function" in node ? node.function : undefined;
  return called !== null && typeof called === "object" && "function_name" in called ? String(called.function_name) : "unknown";
}
