import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { DataSet, FileSource } from "../market/data-set.ts";
import { barsDigest } from "../market/digest.ts";
import { judgeBars, usualThresholds } from "../market/judge-bars.ts";
import { dataSetPath, readDataSet } from "../market/read-data-set.ts";
import type { Bars } from "../strategy/bars.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { readBars, writeBars } from "../trace/bar-lake.ts";
import { dataSetNames } from "./data-set-names.ts";
import type { Authority } from "./load-authority.ts";
import { fileDigest, readBarsFile } from "./read-bars-file.ts";

/** The manifest of the working tree. Errors (exit usage): market/unknown with the nearest name, market/bad-name, base/bad-document. */
export function findDataSet(root: string, name: string): DataSet {
  const path = dataSetPath(name);
  const absolute = join(root, path);
  if (existsSync(absolute)) return readDataSet(name, { path, text: readFileSync(absolute, "utf8") });
  const near = nearest(name, dataSetNames(root));
  throw new AgentctlError("market/unknown", `there is no data set ${JSON.stringify(name)}: ${path} is missing`, {
    hint: near === undefined ? "agentctl data" : `did you mean ${near}?  agentctl data show ${near}`,
    exit: "usage",
  });
}

/**
 * A data set of the working tree with its bars, whose digest is checked. Bars that the lake lacks are made again when their source is a file that is
 * still there with the digest on record. Errors: those of the manifest; market/no-bars, market/other-bars (exit verification), with the command that mends it.
 */
export async function loadData({ workspace }: Pick<Authority, "workspace">, stateDir: string, name: string): Promise<{ set: DataSet; bars: Bars }> {
  const set = findDataSet(workspace.root, name);
  const kept = await readBars(stateDir, name, set.sha256);
  if (kept !== undefined) {
    if (barsDigest(kept) === set.sha256) return { set, bars: kept };
    throw new AgentctlError("market/other-bars", `the bars of ${name} in the lake do not have the digest that data/${name}.yaml gives`, {
      hint: `agentctl data verify ${name}`,
      exit: "verification",
    });
  }
  const bars = await remade(workspace.root, set);
  await writeBars(stateDir, name, set, bars);
  return { set, bars };
}

async function remade(root: string, set: DataSet): Promise<Bars> {
  const { name, source } = set;
  const missing = (why: string, hint: string): AgentctlError =>
    new AgentctlError("market/no-bars", `the bars of ${name} are not in the lake, and ${why}`, { hint });
  if (source.kind === "exchange") {
    throw missing(
      `come from ${source.exchange}`,
      `agentctl data pull ${source.exchange} ${source.symbol} ${set.timeframe} --since ${source.since} --name ${name}`,
    );
  }
  if (source.kind === "resampled") throw missing(`are made from ${source.data}`, `agentctl data resample ${source.data} ${set.timeframe} --name ${name}`);
  const path = isAbsolute(source.path) ? source.path : join(root, source.path);
  const again = `agentctl data import ${source.path} --name ${name} --symbol '${set.symbol}' --timeframe ${set.timeframe}`;
  if (!existsSync(path)) throw missing(`${source.path} is not there`, `put the file there, or: ${again}`);
  if ((await fileDigest(path)) !== source.sha256) throw missing(`${source.path} has changed since it was imported`, again);
  const bars = await readSource(path, source, set);
  if (barsDigest(bars) === set.sha256) return bars;
  throw new AgentctlError(
    "market/other-bars",
    `${source.path} is the file of ${name}, but the bars in it do not have the digest that data/${name}.yaml gives`,
    {
      hint: again,
      exit: "verification",
    },
  );
}

/** The bars that a file holds, read as its manifest says. */
async function readSource(path: string, source: FileSource, set: DataSet): Promise<Bars> {
  const frameMs = timeframeMs(set.timeframe);
  const { mapping = {}, sort = false, badMax = 0 } = source;
  const map = Object.entries(mapping).map(([target, column]) => `${target}=${column}`);
  const { bars, rows, problems } = await readBarsFile({ ...source, path, timeframeMs: frameMs, map, rowsMax: Number.POSITIVE_INFINITY });
  const thresholds = { ...usualThresholds, badMax, gapsMax: 1, frozenMax: Number.POSITIVE_INFINITY };
  return judgeBars({ bars, problems, rowOf: (at) => rows[at] as number }, { timeframeMs: frameMs, calendar: set.calendar, sort, thresholds }).bars;
}
