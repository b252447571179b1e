import { statSync } from "node:fs";
import { AgentctlError } from "../base/errors.ts";
import { ask, askRaw, type Answer, type AskOptions } from "../trace/ask.ts";
import { ensureDatabase } from "../trace/duckdb.ts";
import { exportParquet } from "../trace/export-parquet.ts";
import { listJournals } from "../trace/places.ts";
import { loadConfig } from "../workspace/config.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { compactJournals } from "./compact-journals.ts";
import { maskFor } from "./mask-for.ts";

export interface QueryOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  sql: string;
  /** Instead of `query.timeoutMs` of the configuration. */
  timeoutMs?: number | undefined;
  /** Fewer than `query.rowsMax` of the configuration; never more. */
  rowsMax?: number | undefined;
  /** Runs, with all their parts, of which nothing is found. */
  without?: readonly string[] | undefined;
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
  await closeWhenMany(options, stateDir);
  // Not for this question, but so that other DuckDB clients find the same views.
  await ensureDatabase(stateDir);
  const { memoryMiB, threads } = values.query;
  const rowsMax = Math.min(values.query.rowsMax, options.rowsMax ?? Infinity);
  const limits = { memoryMiB, threads, rowsMax, timeoutMs: options.timeoutMs ?? values.query.timeoutMs, without: options.without ?? [] };
  return { stateDir, limits, names: values.mask.names, secrets };
}

/** Above this, reading journals as text is most of what a query costs: ended runs go to the lake first, unless another process is at it. */
const openJournalsBytesMax = 32 * 1024 * 1024;

async function closeWhenMany(options: QueryOptions, stateDir: string): Promise<void> {
  const bytes = listJournals(stateDir)
    .filter(({ closed }) => !closed)
    .reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  if (bytes <= openJournalsBytesMax) return;
  await compactJournals(options).catch((error: unknown) => {
    if (!(error instanceof AgentctlError) || error.code !== "trace/compacting") throw error;
  });
}
