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

/** Trials are long records; the gate must not fail for how many there are. */
const limits = { rowsMax: 10_000_000, timeoutMs: 120_000, memoryMiB: 2048 };

/**
 * The Sharpe ratio (a year) of each variant that was ever tried on this data, by whatever strategy and whoever asked, over its whole window where that was
 * tried; null where it is undefined. Failed, unfinished and reproduced trials count, what the gate ran to judge does not. Their number is the N of the
 * deflated Sharpe ratio.
 */
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
