import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DataImported } from "../event/backtest-events.ts";
import type { DataSet } from "../market/data-set.ts";
import { placeDataSet } from "../market/manifest-file.ts";
import { dataSetPath } from "../market/read-data-set.ts";
import type { Bars } from "../strategy/bars.ts";
import { sweepBars, writeBars } from "../trace/bar-lake.ts";
import { requireGoing, type OpenRun } from "./in-run.ts";
import { findDataSet } from "./load-data.ts";

export interface KeptBars {
  set: DataSet;
  /** The file to commit. */
  path: string;
  /** Digest of the bars that these took the place of; they stay in the lake. */
  replaces: string | null;
}

/**
 * Keeps judged bars: in the lake first, then in the manifest, which alone says which bars a data set has; so a crash between leaves the former data set as
 * it was. Recorded as data.imported.
 */
export async function keepBars(open: OpenRun, root: string, set: DataSet, bars: Bars): Promise<KeptBars> {
  const former = formerDigest(root, set.name);
  requireGoing(open);
  sweepBars(open.stateDir, set.name);
  await writeBars(open.stateDir, set.name, set, bars);
  const path = placeDataSet(root, set);
  const replaces = former === undefined || former === set.sha256 ? undefined : former;
  await open.recorder.append("data.imported", dataImported(set, replaces));
  return { set, path, replaces: replaces ?? null };
}

function dataImported({ name, symbol, timeframe, sha256, rows, from, to, missing, source }: DataSet, replaces: string | undefined): DataImported {
  return { data: name, symbol, timeframe, sha256, rows, from, to, missing, source: { ...source }, ...(replaces !== undefined && { replaces }) };
}

/** A manifest that cannot be read is replaced like any other. */
function formerDigest(root: string, name: string): string | undefined {
  if (!existsSync(join(root, dataSetPath(name)))) return undefined;
  try {
    return findDataSet(root, name).sha256;
  } catch {
    return undefined;
  }
}
