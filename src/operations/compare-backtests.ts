import type { Cell } from "../backtest/rows.ts";
import { isoTime } from "../base/clock.ts";
import { isMapping } from "../base/mapping.ts";
import { ensureStateDir, findWorkspace } from "../workspace/find.ts";
import { findBacktest, type BacktestRecord } from "./find-backtest.ts";

/** One thing side by side, in the order of the backtests. */
export interface Side {
  what: string;
  values: Cell[];
}

export interface BacktestComparison {
  backtests: { backtest: string; strategy: string; at: string; outcome: string | null; identity: string }[];
  /** Whether all have one identity: then they must have the same result. */
  sameIdentity: boolean;
  /** Whether all have the same orders, trades and equity. */
  sameResult: boolean;
  /** What of what they depend on is not the same in all of them. */
  differs: Side[];
  /** Null where a metric is undefined, or a backtest has none. */
  metrics: Side[];
}

/** Backtests side by side. Errors (exit usage): `backtest/unknown`, `backtest/ambiguous`; `trace/damaged`. */
export async function compareBacktests(asked: { cwd: string; env: NodeJS.ProcessEnv; backtests: readonly string[] }): Promise<BacktestComparison> {
  const stateDir = ensureStateDir(findWorkspace(asked.cwd, asked.env));
  const records = await Promise.all(asked.backtests.map((id) => findBacktest(stateDir, id)));
  const sides = side(records.map(dependencies)).filter(({ values }) => new Set(values).size > 1);
  return {
    backtests: records.map(({ at, started, finished }) => {
      const { backtest, strategy, identity } = started;
      return { backtest, strategy, at, outcome: finished?.outcome ?? null, identity };
    }),
    sameIdentity: new Set(records.map(({ started }) => started.identity)).size === 1,
    sameResult: sameResult(records),
    differs: sides,
    metrics: side(records.map(({ finished }) => finished?.metrics ?? {})),
  };
}

function sameResult(records: readonly BacktestRecord[]): boolean {
  const digests = records.map(({ finished }) =>
    finished?.outcome === "ok" ? [finished.ordersSha256, finished.tradesSha256, finished.equitySha256].join() : undefined,
  );
  return digests[0] !== undefined && new Set(digests).size === 1;
}

/** Everything that a result depends on, flat, by name. */
function dependencies({ started, version }: BacktestRecord): Record<string, Cell> {
  const { strategy, digest, files, parameters, data, engine, image = null, seed } = started;
  const { fromMs, ...settings } = started.settings;
  return {
    strategy,
    digest: digest.slice(0, 12),
    ...Object.fromEntries(files.map(({ path, sha256 }) => [`file ${path}`, sha256.slice(0, 12)])),
    ...flat("parameter", parameters),
    ...flat("settings", settings),
    ...Object.fromEntries(
      data.flatMap(({ name, sha256, from, to }) => [
        [`data ${name}`, sha256.slice(0, 12)],
        [`range of ${name}`, `${(typeof fromMs === "number" ? isoTime(fromMs) : from).slice(0, 10)} to ${to.slice(0, 10)}`],
      ]),
    ),
    engine,
    agentctl: version,
    image,
    seed,
  };
}

function flat(name: string, value: unknown): Record<string, Cell> {
  if (isMapping(value)) return Object.assign({}, ...Object.entries(value).map(([key, member]) => flat(`${name}.${key}`, member))) as Record<string, Cell>;
  if (Array.isArray(value)) return Object.assign({}, ...value.map((item, index) => flat(`${name}.${index}`, item))) as Record<string, Cell>;
  return { [name.replace(/^parameter\./, "parameter ").replace(/^settings\./, "")]: value as Cell };
}

function side(all: readonly Readonly<Record<string, Cell>>[]): Side[] {
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))];
  return names.map((what) => ({ what, values: all.map((each) => each[what] ?? null) }));
}
