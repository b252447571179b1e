import { ask } from "../trace/ask.ts";
import { quoted } from "../trace/sql-text.ts";

/**
 * The data that trials are looked for on: a trial counts when it used a set by one of these names, bars by one of these digests, or bars of one of these
 * symbols. A copy under another name, with one bar more or of another timeframe, is the same market.
 */
export interface TrialData {
  names: readonly string[];
  digests: readonly string[];
  symbols: readonly string[];
}

export interface TrialsOnRecord {
  /** Distinct variants (files, parameters, settings): the N of the deflated Sharpe ratio. */
  variants: number;
  /** Records of trials, several of which may be of one variant (windows, repetitions). */
  trials: number;
  /** Experiments that they belong to, and backtests by themselves. */
  experiments: number;
  backtests: number;
}

const limits = { rowsMax: 10_000_000, timeoutMs: 120_000 };

/** What was ever tried on this data, by whatever strategy and whoever asked: failed, unfinished and reproduced ones included, what the gate ran to judge not. */
export async function trialsOnRecord(stateDir: string, data: TrialData): Promise<TrialsOnRecord> {
  const counts = "count(DISTINCT variant), count(*), count(DISTINCT experiment), count(DISTINCT backtest)";
  const { rows } = await ask(stateDir, `SELECT ${counts} FROM trials WHERE ${onData(data)}`, limits);
  const [variants, trials, experiments, backtests] = (rows[0] ?? []).map(Number);
  return { variants: variants ?? 0, trials: trials ?? 0, experiments: experiments ?? 0, backtests: backtests ?? 0 };
}

/** The Sharpe ratio (a year) of each variant on record for this data, over its whole window where that was tried; null where it is undefined. */
export async function trialMetrics(stateDir: string, data: TrialData): Promise<{ variant: string; sharpe: number | null }[]> {
  const sql = `SELECT variant, arg_max(sharpe, (window_name = 'all')::INTEGER) FROM trials WHERE ${onData(data)} GROUP BY variant ORDER BY variant`;
  const { rows } = await ask(stateDir, sql, limits);
  return rows.map(([variant, sharpe]) => ({ variant: String(variant), sharpe: typeof sharpe === "number" ? sharpe : null }));
}

function onData({ names, digests, symbols }: TrialData): string {
  const same = Object.entries({ data: names, data_digests: digests, symbols }).map(([column, values]) => `list_has_any(${column}, ${list(values)})`);
  return `variant IS NOT NULL AND (${same.join(" OR ")})`;
}

function list(values: readonly string[]): string {
  return `[${values.map(quoted).join(", ")}]::VARCHAR[]`;
}
