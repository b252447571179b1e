import { messageOf } from "../base/errors.ts";
import type { DataSet } from "../market/data-set.ts";
import { hasBars } from "../trace/bar-lake.ts";
import { findWorkspace } from "../workspace/find.ts";
import { dataSetNames } from "./data-set-names.ts";
import { findDataSet } from "./load-data.ts";

/** One data set; what a manifest that cannot be read does not say is null. */
export interface DataRow {
  name: string;
  symbol: string | null;
  timeframe: string | null;
  calendar: DataSet["calendar"] | null;
  rows: number | null;
  from: string | null;
  to: string | null;
  missing: number | null;
  source: DataSet["source"]["kind"] | null;
  /** Whether the lake holds its bars; if not, they are made again from a file, or pulled again. */
  inLake: boolean;
  /** Why its manifest cannot be used. */
  problem: string | null;
}

/** The data sets of the working tree by name. Nothing of their bars is read. */
export function listData(asked: { cwd: string; env: NodeJS.ProcessEnv }): DataRow[] {
  const { root, stateDir } = findWorkspace(asked.cwd, asked.env);
  return dataSetNames(root).map((name): DataRow => {
    try {
      const { symbol, timeframe, calendar, rows, from, to, missing, source, sha256 } = findDataSet(root, name);
      return { name, symbol, timeframe, calendar, rows, from, to, missing, source: source.kind, inLake: hasBars(stateDir, name, sha256), problem: null };
    } catch (thrown) {
      const nothing = { symbol: null, timeframe: null, calendar: null, rows: null, from: null, to: null, missing: null, source: null };
      return { name, ...nothing, inLake: false, problem: messageOf(thrown) };
    }
  });
}
