import { resolve } from "node:path";
import { barsPerYear } from "../backtest/bars-per-year.ts";
import type { Order, Trade } from "../backtest/backtest.ts";
import { digestsOf } from "../backtest/digests.ts";
import { itemOf, orderColumns, tradeColumns } from "../backtest/rows.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import { AgentctlError } from "../base/errors.ts";
import type { BacktestFinished } from "../event/backtest-events.ts";
import { barsDigest } from "../market/digest.ts";
import type { Bars } from "../strategy/bars.ts";
import { readBars } from "../trace/bar-lake.ts";
import { readResults, type ResultRows } from "../trace/result-lake.ts";
import { findWorkspace } from "../workspace/find.ts";
import { backtestPage } from "./backtest-page.ts";
import { worries } from "./backtest-worries.ts";
import { findBacktest } from "./find-backtest.ts";
import { mayWritePage, writePage } from "./write-page.ts";

export interface ReportAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Of the backtest, or a beginning of it. */
  id: string;
  /** Default: backtest-<id>.html in the working directory. */
  out?: string | undefined;
  force?: boolean | undefined;
}

export interface Report {
  backtest: string;
  /** Absolute. */
  path: string;
  bytes: number;
}

/**
 * Writes the report of a backtest as one HTML file, whole or not at all. A file that is not such a report is only replaced with `force`. Errors (exit
 * usage): `backtest/unknown`, `backtest/no-result` (it failed, or has not ended), `backtest/no-rows`, `backtest/report-exists`, `backtest/unwritable`;
 * (exit verification) `backtest/other-rows`, `market/other-bars`.
 */
export async function reportBacktest({ cwd, env, id, out, force }: ReportAsked): Promise<Report> {
  const { stateDir } = findWorkspace(cwd, env);
  const record = await findBacktest(stateDir, id);
  const { started, finished } = record;
  const { backtest } = started;
  if (finished?.outcome !== "ok") {
    const why = finished === undefined ? "it has not ended, or its process was killed" : `it ended with ${finished.outcome}: ${finished.why ?? ""}`;
    throw new AgentctlError("backtest/no-result", `${backtest} has no result: ${why}`, { hint: `agentctl backtest show ${backtest}`, exit: "usage" });
  }
  const path = resolve(cwd, out ?? `backtest-${backtest}.html`);
  mayWritePage(path, force === true, "backtest");
  const rows = await readResults(stateDir, backtest);
  if (rows === undefined) {
    throw new AgentctlError("backtest/no-rows", `the rows of ${backtest} are not in the lake`, {
      hint: `agentctl backtest reproduce ${backtest}`,
      exit: "usage",
    });
  }
  requireRecorded(rows, finished, backtest);
  const settings = started.settings as unknown as BacktestSettings;
  const names = settings.instruments.map(({ name }) => name);
  const markets = await Promise.all(started.data.map(async ({ name, sha256 }) => ({ name, bars: await recordedBars(stateDir, name, sha256) })));
  const orders = rows.orders.map((row) => itemOf<Order>(orderColumns, row, names));
  const trades = rows.trades.map((row) => itemOf<Trade>(tradeColumns, row, names));
  const page = backtestPage({
    record,
    settings,
    orders,
    trades,
    equity: rows.equity,
    perYear: barsPerYear(rows.equity.ts) ?? Number.NaN,
    markets,
    worries: worries({
      settings,
      committed: started.committed,
      trades: trades.length,
      ambiguous: finished.ambiguous ?? 0,
      refused: orders.filter(({ state }) => state === "refused").length,
    }),
  });
  writePage(path, page, "backtest");
  return { backtest, path, bytes: Buffer.byteLength(page) };
}

/** A picture of other rows than those on record would be believed. */
function requireRecorded(rows: ResultRows, finished: BacktestFinished, backtest: string): void {
  const found = digestsOf(rows);
  const other = (["orders", "trades", "equity"] as const).find((table) => found[`${table}Sha256`] !== finished[`${table}Sha256`]);
  if (other === undefined) return;
  throw new AgentctlError("backtest/other-rows", `the ${other} of ${backtest} in the lake are not those on record`, {
    hint: `agentctl backtest reproduce ${backtest}`,
    exit: "verification",
  });
}

/** Undefined where the lake does not have them; the report does without. */
async function recordedBars(stateDir: string, name: string, sha256: string): Promise<Bars | undefined> {
  const bars = await readBars(stateDir, name, sha256);
  if (bars === undefined || barsDigest(bars) === sha256) return bars;
  throw new AgentctlError("market/other-bars", `the bars of ${name} in the lake are not those on record`, {
    hint: `agentctl data verify ${name}`,
    exit: "verification",
  });
}
