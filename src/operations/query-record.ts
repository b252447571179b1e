import { ask, askRaw, type Answer, type AskOptions } from "../trace/ask.ts";
import { ensureDatabase } from "../trace/duckdb.ts";
import { exportParquet } from "../trace/export-parquet.ts";
import { loadConfig } from "../workspace/config.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { maskFor } from "./mask-for.ts";

export interface QueryOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  sql: string;
  /** Instead of `query.timeoutMs` of the configuration. */
  timeoutMs?: number | undefined;
}

/** Asks the record in SQL. What is found is masked again: a secret may be known now that was not when it was recorded. */
export async function queryRecord(options: QueryOptions): Promise<Answer> {
  const { stateDir, limits, names, secrets } = await prepared(options);
  const answer = await ask(stateDir, options.sql, limits);
  return { ...answer, rows: maskFor(stateDir, options.env, { names, secrets })(answer.rows) };
}

/** As `queryRecord`, but the answer becomes a Parquet file; it holds what is on record, which was masked when it was written. */
export async function queryToParquet(options: QueryOptions & { path: string }): Promise<{ path: string; rows: number; truncated: boolean }> {
  const { stateDir, limits } = await prepared(options);
  const answer = await askRaw(stateDir, options.sql, limits);
  await exportParquet(answer, options.path);
  return { path: options.path, rows: answer.rows, truncated: answer.truncated };
}

async function prepared(options: QueryOptions): Promise<{ stateDir: string; limits: AskOptions; names: readonly string[]; secrets: readonly string[] }> {
  const workspace = findWorkspace(options.cwd, options.env);
  const { values, secrets } = loadConfig(workspace.root, options.env);
  const stateDir = ensureStateDir(workspace);
  // Not for this question, but so that other DuckDB clients find the same views.
  await ensureDatabase(stateDir);
  const { memoryMiB, threads, rowsMax } = values.query;
  return { stateDir, limits: { memoryMiB, threads, rowsMax, timeoutMs: options.timeoutMs ?? values.query.timeoutMs }, names: values.mask.names, secrets };
}
