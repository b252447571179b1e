import { realpathSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { yamlLimits } from "../base/document.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { nearest } from "../base/suggest.ts";
import type { DataSet, FileSource } from "../market/data-set.ts";
import { barsDigest } from "../market/digest.ts";
import { findGaps } from "../market/gaps.ts";
import { judgeBars, usualThresholds } from "../market/judge-bars.ts";
import { timeText } from "../market/problems.ts";
import { dataSetPath, readDataSet } from "../market/read-data-set.ts";
import { readPlainFile } from "../scan/plain-file.ts";
import type { Bars } from "../strategy/bars.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { readBars, writeBars } from "../trace/bar-lake.ts";
import { dataSetNames } from "./data-set-names.ts";
import type { Authority } from "./load-authority.ts";
import { fileDigest, readBarsFile, usualRowsMax } from "./read-bars-file.ts";

/** The manifest of the working tree. Errors (exit usage): market/unknown with the nearest name, market/bad-name, base/bad-document. */
export function findDataSet(root: string, name: string): DataSet {
  const path = dataSetPath(name);
  const text = manifestText(join(root, path), path);
  if (text !== undefined) return readDataSet(name, { path, text });
  const near = nearest(name, dataSetNames(root));
  throw new AgentctlError("market/unknown", `there is no data set ${JSON.stringify(name)}: ${path} is missing`, {
    hint: near === undefined ? "agentctl data" : `did you mean ${near}?  agentctl data show ${near}`,
    exit: "usage",
  });
}

function manifestText(absolute: string, path: string): string | undefined {
  try {
    return readPlainFile(absolute, 4 * yamlLimits.bytes)?.toString("utf8");
  } catch (cause) {
    throw new AgentctlError("market/unreadable", `${path} ${messageOf(cause)}`, { hint: "put a plain file in its place", exit: "usage", cause });
  }
}

/**
 * A data set of the working tree with its bars, whose digest is checked, and that they are what the manifest says of them. Bars that the lake lacks are
 * made again when their source is a file of the workspace that is still there with the digest on record. Errors: those of the manifest; market/no-bars, market/other-bars (exit verification), with the command that mends it.
 */
export async function loadData({ workspace }: Pick<Authority, "workspace">, stateDir: string, name: string): Promise<{ set: DataSet; bars: Bars }> {
  const set = findDataSet(workspace.root, name);
  const kept = await readBars(stateDir, name, set.sha256);
  if (kept !== undefined) {
    if (barsDigest(kept) === set.sha256) return described(set, kept);
    throw new AgentctlError("market/other-bars", `the bars of ${name} in the lake do not have the digest that data/${name}.yaml gives`, {
      hint: `agentctl data verify ${name}`,
      exit: "verification",
    });
  }
  const bars = await remade(workspace.root, set);
  described(set, bars);
  await writeBars(stateDir, name, set, bars);
  return { set, bars };
}

/** What the gate and people read in a manifest instead of counting it again has to be so. */
function described(set: DataSet, bars: Bars): { set: DataSet; bars: Bars } {
  const at = (index: number): string | null => timeText(bars.ts.at(index) ?? null);
  const { missing } = findGaps(bars, timeframeMs(set.timeframe), set.calendar);
  const found = { rows: bars.length, from: at(0), to: at(-1), missing };
  const other = (["rows", "from", "to", "missing"] as const).find((fact) => found[fact] !== set[fact]);
  if (other === undefined) return { set, bars };
  throw new AgentctlError("market/other-bars", `data/${set.name}.yaml says ${other}: ${set[other]}, and its bars have ${found[other]}`, {
    hint: `agentctl data verify ${set.name}`,
    exit: "verification",
  });
}

async function remade(root: string, set: DataSet): Promise<Bars> {
  const { name, source } = set;
  const missing = (why: string, hint: string): AgentctlError =>
    new AgentctlError("market/no-bars", `the bars of ${name} are not in the lake, and ${why}`, { hint });
  if (source.kind === "exchange") {
    throw missing(
      `come from ${source.exchange}`,
      `agentctl data pull ${shellWord(source.exchange)} ${shellWord(source.symbol)} ${set.timeframe} --since ${source.since} --name ${name}`,
    );
  }
  if (source.kind === "resampled") throw missing(`are made from ${source.data}`, `agentctl data resample ${source.data} ${set.timeframe} --name ${name}`);
  const again = `agentctl data import ${shellWord(source.path)} --name ${name} --symbol ${shellWord(set.symbol)} --timeframe ${set.timeframe}`;
  const path = resolve(root, source.path);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw missing(`${source.path} is not there`, `put the file there, or: ${again}`);
  // Whoever can write a manifest would else have any file of this machine read, or one that never ends.
  if (relative(realpathSync(root), realpathSync(path)).startsWith("..")) throw missing(`${source.path} lies outside the workspace`, again);
  if (!kind.isFile()) throw missing(`${source.path} is not a plain file`, again);
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

/** Rows that a file of the working tree may have whatever its manifest says: a small Parquet file can hold any number of them. */
const rowsMost = 50_000_000;

/** The bars that a file holds, read as its manifest says. */
async function readSource(path: string, source: FileSource, set: DataSet): Promise<Bars> {
  const frameMs = timeframeMs(set.timeframe);
  const { mapping = {}, sort = false, badMax = 0 } = source;
  const map = Object.entries(mapping).map(([target, column]) => `${target}=${column}`);
  const { bars, rows, problems } = await readBarsFile({
    ...source,
    path,
    timeframeMs: frameMs,
    map,
    rowsMax: Math.max(usualRowsMax, Math.min(2 * set.rows, rowsMost)),
  });
  const thresholds = { ...usualThresholds, badMax, gapsMax: 1, frozenMax: Number.POSITIVE_INFINITY };
  return judgeBars({ bars, problems, rowOf: (at) => rows[at] as number }, { timeframeMs: frameMs, calendar: set.calendar, sort, thresholds }).bars;
}
