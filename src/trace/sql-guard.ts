import type { DuckDBConnection } from "@duckdb/node-api";
import { AgentctlError } from "../base/errors.ts";

/**
 * Table functions that only compute. The rest is refused by name, because some act: `SELECT * FROM enable_logging(…)` writes files
 * into an allowed directory although the configuration is locked (measured), and `query('…')` hides what it calls.
 */
const harmless = new Set(["range", "generate_series", "unnest", "json_each", "json_tree", "repeat", "repeat_row"]);

/**
 * Functions that make one value as large as a number says. DuckDB does not count what they take against its memory limit (measured:
 * `list_aggregate(range(300000000), 'sum')` took 2.4 GB where 256 MiB were allowed). As table functions range and the like are rows, and counted.
 */
const unbounded = new Set(["range", "generate_series", "repeat", "list_resize", "array_resize", "lpad", "rpad", "bitstring"]);

/** Lets one SELECT pass that reads tables and computes; DuckDB's own parser says what it is. Errors: trace/bad-query, trace/query-refused. */
export async function requireSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR)", [sql]);
  const parsed = JSON.parse(String(reader.getRows()[0]?.[0])) as { error: boolean; error_type?: string; error_message?: string; statements?: unknown[] };
  if (parsed.error && parsed.error_type === "parser") throw badQuery(`Parser Error: ${parsed.error_message ?? ""}`);
  if (parsed.error) throw refused("only SELECT may be asked; it cannot change data, settings or files");
  const count = parsed.statements?.length ?? 0;
  if (count !== 1) throw refused(count === 0 ? "there is no statement" : `there are ${count} statements; one may be asked`);
  for (const { name, makes } of calls(parsed.statements)) {
    if (makes === "rows" && !harmless.has(name.toLowerCase())) throw refused(`the table function ${name}() may not be called`);
    if (makes === "a value" && unbounded.has(name.toLowerCase())) throw refused(`${name}() may make a value of any size; as a table function it makes rows`);
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

interface Call {
  name: string;
  makes: "rows" | "a value";
}

function* calls(node: unknown): Generator<Call> {
  if (node === null || typeof node !== "object") return;
  let inner = node;
  if ("type" in node && node.type === "TABLE_FUNCTION") {
    yield { name: nameOf(node), makes: "rows" };
    // What it calls stands in its member `function` and is no call of its own; the arguments in there may be.
    inner = { ...node, function: Object.values(("function" in node && node.function) || {}) };
  } else if ("function_name" in node) yield { name: String(node.function_name), makes: "a value" };
  for (const member of Object.values(inner)) yield* calls(member);
}

function nameOf(node: object): string {
  const called = "function" in node ? node.function : undefined;
  return called !== null && typeof called === "object" && "function_name" in called ? String(called.function_name) : "unknown";
}
