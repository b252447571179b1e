import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { ParameterValues } from "../strategy/bar-strategy.ts";
import type { BacktestSettings } from "./settings.ts";

/** Everything that an outcome depends on. */
export interface BacktestIdentity {
  /** Of the strategy's files. */
  digest: string;
  parameters: ParameterValues;
  settings: BacktestSettings;
  /** Bars as they went in, one a market: the data set that they were taken from, and the range. */
  data: readonly { sha256: string; rows: number; from: string; to: string }[];
  engine: number;
  /** Image id that its code ran in; undefined where none ran. */
  image?: string | undefined;
  seed: number;
}

/** SHA-256 over the canonical JSON of all of it: the same identity must give the same orders, trades and equity. */
export function identityOf({ digest, parameters, settings, data, engine, image, seed }: BacktestIdentity): string {
  const ranges = data.map(({ sha256: bars, rows, from, to }) => ({ sha256: bars, rows, from, to }));
  return sha256(`agentctl-backtest-v1\n${canonicalJson({ digest, parameters, settings, data: ranges, engine, image, seed })}`);
}

/**
 * SHA-256 over the canonical JSON of what was tried, whatever the window that it was tried on: files, parameters, settings without their range. What
 * the deflated Sharpe ratio counts as one trial.
 */
export function variantOf(digest: string, parameters: ParameterValues, settings: BacktestSettings): string {
  return sha256(`agentctl-variant-v1\n${canonicalJson({ digest, parameters, settings: { ...settings, fromMs: undefined } })}`);
}

/** SHA-256 over the canonical JSON of the sorted [path, sha256] pairs: names the exact files of a strategy. */
export function filesDigest(files: readonly { path: string; sha256: string }[]): string {
  const pairs = files.map(({ path, sha256: digest }) => [path, digest]).toSorted(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0));
  return sha256(canonicalJson(pairs));
}
