import { orderColumns, tradeColumns, type Cell } from "../backtest/rows.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { BacktestFinished, BacktestStarted } from "../event/backtest-events.ts";
import { readResults } from "../trace/result-lake.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { worries } from "./backtest-worries.ts";
import { findBacktest, type BacktestRecord } from "./find-backtest.ts";

type Started = Omit<BacktestStarted, "settings"> & { settings: BacktestSettings };

export interface BacktestReport extends Started {
  run: string;
  /** RFC 3339 in UTC. */
  at: string;
  /** The agentctl that ran it. */
  version: string;
  /** Null while it runs, and for ever when its process was killed. */
  finished: BacktestFinished | null;
  /** By reason. Null where the lake no longer has the orders. */
  refused: Record<string, number> | null;
  /** The first ones, by name of the column. */
  firstTrades: Record<string, Cell>[];
  warnings: string[];
  next: string[];
}

/** Everything on record about one backtest. Errors (exit usage): `backtest/unknown`, `backtest/ambiguous`; `trace/damaged`. */
export async function showBacktest(asked: { cwd: string; env: NodeJS.ProcessEnv; backtest: string; trades: number }): Promise<BacktestReport> {
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env));
  const record = await findBacktest(stateDir, asked.backtest);
  const { run, at, version, started, finished } = record;
  const settings = started.settings as unknown as BacktestSettings;
  const rows = finished?.outcome === "ok" ? await readResults(stateDir, started.backtest).catch(() => undefined) : undefined;
  const refused = rows === undefined ? null : refusals(rows.orders);
  return {
    ...started,
    settings,
    run,
    at,
    version,
    finished: finished ?? null,
    refused,
    firstTrades: (rows?.trades ?? []).slice(0, asked.trades).map(named),
    warnings: warningsOf(record, settings, refused),
    next: finished?.outcome === "ok" ? ["reproduce", "report"].map((what) => `agentctl backtest ${what} ${started.backtest}`) : [`agentctl run show ${run}`],
  };
}

function warningsOf({ started, finished }: BacktestRecord, settings: BacktestSettings, refused: Record<string, number> | null): string[] {
  if (finished === undefined) return ["it never came to its end: there is no result"];
  if (finished.outcome !== "ok") return [];
  const lost = refused === null ? ["its orders, trades and equity are gone from the lake: agentctl backtest reproduce says more"] : [];
  const { trades = 0, ambiguous = 0 } = finished;
  const refusals = Object.values(refused ?? {}).reduce((sum, count) => sum + count, 0);
  return [...lost, ...worries({ settings, committed: started.committed, trades, ambiguous, refused: refusals })];
}

const place = (name: string): number => orderColumns.findIndex((column) => column.name === name);
const [state, why] = [place("state"), place("why")];

/** Orders that were refused, by why. */
function refusals(orders: readonly (readonly Cell[])[]): Record<string, number> {
  const refused = Map.groupBy(
    orders.filter((order) => order[state] === "refused"),
    (order) => String(order[why]),
  );
  return Object.fromEntries([...refused].map(([reason, found]) => [reason, found.length]));
}

function named(row: readonly Cell[]): Record<string, Cell> {
  return Object.fromEntries(tradeColumns.map(({ name }, index) => [name, row[index] ?? null]));
}
