import { isoTime } from "../base/clock.ts";
import { ask } from "../trace/ask.ts";
import { quoted } from "../trace/sql-text.ts";
import { findWorkspace } from "../workspace/find.ts";

export interface BacktestRow {
  backtest: string;
  run: string;
  /** RFC 3339 in UTC. */
  started: string;
  strategy: string;
  parameters: Record<string, unknown>;
  data: string[];
  committed: boolean;
  /** Null while it runs, or when its process was killed. */
  outcome: string | null;
  bars: number | null;
  trades: number | null;
  totalReturn: number | null;
  cagr: number | null;
  sharpe: number | null;
  maxDrawdown: number | null;
  purpose: string | null;
  identity: string;
}

export interface ListBacktestsAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  strategy?: string | undefined;
  limit: number;
}

/** Backtests on record, the newest first. */
export async function listBacktests({ cwd, env, strategy, limit }: ListBacktestsAsked): Promise<BacktestRow[]> {
  const { stateDir } = findWorkspace(cwd, env);
  const where = strategy === undefined ? "" : `WHERE strategy = ${quoted(strategy)}`;
  const sql = `SELECT backtest, run, epoch_ms(started)::DOUBLE AS started, strategy, parameters, data, committed, outcome, bars, trades, total_return, cagr, sharpe,
      max_drawdown, purpose, identity
    FROM backtests ${where} ORDER BY started DESC, backtest DESC LIMIT ${Math.trunc(limit)}`;
  const { columns, rows } = await ask(stateDir, sql);
  return rows.map((row) => rowOf(Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]))));
}

function rowOf(row: Readonly<Record<string, unknown>>): BacktestRow {
  const number = (name: string): number | null => (typeof row[name] === "number" ? row[name] : null);
  const text = (name: string): string | null => (typeof row[name] === "string" ? row[name] : null);
  return {
    backtest: String(row["backtest"]),
    run: String(row["run"]),
    started: isoTime(number("started") ?? 0),
    strategy: String(row["strategy"]),
    parameters: (row["parameters"] ?? {}) as Record<string, unknown>,
    data: (row["data"] ?? []) as string[],
    committed: row["committed"] === true,
    outcome: text("outcome"),
    bars: number("bars"),
    trades: number("trades"),
    totalReturn: number("total_return"),
    cagr: number("cagr"),
    sharpe: number("sharpe"),
    maxDrawdown: number("max_drawdown"),
    purpose: text("purpose"),
    identity: String(row["identity"]),
  };
}
