import { messageOf } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import type { DataSet } from "../market/data-set.ts";
import { barsDigest } from "../market/digest.ts";
import { judgeBars, usualThresholds, type Health } from "../market/judge-bars.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { readBars } from "../trace/bar-lake.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { committedDataSet } from "./committed-data.ts";
import { dataSetNames } from "./data-set-names.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { findDataSet, loadData } from "./load-data.ts";

export interface VerifiedData {
  name: string;
  /** same: bars and manifests agree; differs: they do not; unknown: there is nothing to compare. */
  bars: "same" | "differs" | "unknown";
  /** What does not agree, each with its mend. */
  differences: string[];
  /** Of the bars in the lake; null when there are none. */
  health: Health | null;
  passed: boolean;
}

/**
 * Checks the bars in the lake against the manifest of the protected branch's commit (of the working tree where none is committed), and their health.
 * What does not agree is a result. Errors (exit usage): market/unknown.
 */
export async function verifyData(asked: { cwd: string; env: NodeJS.ProcessEnv; name?: string | undefined }): Promise<VerifiedData[]> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  const { root } = authority.workspace;
  if (asked.name !== undefined) findDataSet(root, asked.name);
  const names = asked.name === undefined ? dataSetNames(root) : [asked.name];
  const verified: VerifiedData[] = [];
  for (const name of names) verified.push(await verifyOne(authority, stateDir, name));
  return verified;
}

async function verifyOne(authority: Authority, stateDir: string, name: string): Promise<VerifiedData> {
  const differences: string[] = [];
  const committed = await committedDataSet(authority, name).catch((thrown: unknown) => messageOf(thrown));
  if (typeof committed === "string") differences.push(committed);
  const working = readWorking(authority.workspace.root, name, differences);
  const set = typeof committed === "object" ? committed : working;
  if (set === undefined) return { name, bars: "unknown", differences, health: null, passed: false };
  if (committed === undefined) differences.push(`data/${name}.yaml is not committed: git add data/${name}.yaml && git commit`);
  else if (working !== undefined && working.sha256 !== set.sha256) {
    differences.push(`the working tree names bars ${short(working)}, the commit ${short(set)}: commit data/${name}.yaml, or git restore it`);
  }
  const bars = await readBars(stateDir, name, set.sha256).catch((thrown: unknown) => void differences.push(messageOf(thrown)));
  const found = bars === undefined ? undefined : barsDigest(bars);
  if (bars === undefined || found !== set.sha256) {
    if (found !== undefined) differences.push(`the bars in the lake have the digest ${found.slice(0, 12)}…, not ${short(set)}: ${mend(set)}`);
    const remade = bars === undefined && differences.length === 0 ? await fromSource(authority, stateDir, name, differences) : undefined;
    if (remade === undefined) return { name, bars: found === undefined ? "unknown" : "differs", differences, health: null, passed: false };
    return judged(name, set, remade, differences);
  }
  return judged(name, set, bars, differences);
}

async function fromSource(authority: Authority, stateDir: string, name: string, differences: string[]): Promise<Parameters<typeof judged>[2] | undefined> {
  try {
    return (await loadData(authority, stateDir, name)).bars;
  } catch (thrown) {
    differences.push(messageOf(thrown));
    return undefined;
  }
}

/** Gaps are known and written in the manifest: only more of them than it names are news. */
function judged(name: string, set: DataSet, bars: Awaited<ReturnType<typeof loadData>>["bars"], differences: string[]): VerifiedData {
  const thresholds = { ...usualThresholds, gapsMax: 1 };
  const { health } = judgeBars({ bars, rowOf: (at) => at + 1 }, { timeframeMs: timeframeMs(set.timeframe), calendar: set.calendar, sort: false, thresholds });
  if (health.missing !== set.missing) differences.push(`${health.missing} bars are missing, and the manifest says ${set.missing}: ${mend(set)}`);
  if (bars.length !== set.rows) differences.push(`there are ${bars.length} bars, and the manifest says ${set.rows}: ${mend(set)}`);
  return { name, bars: differences.length === 0 ? "same" : "differs", differences, health, passed: differences.length === 0 && health.passed };
}

function readWorking(root: string, name: string, differences: string[]): DataSet | undefined {
  try {
    return findDataSet(root, name);
  } catch (thrown) {
    differences.push(messageOf(thrown));
    return undefined;
  }
}

function short({ sha256 }: DataSet): string {
  return `${sha256.slice(0, 12)}…`;
}

function mend({ name, symbol, timeframe, source }: DataSet): string {
  if (source.kind === "file") return `agentctl data import ${shellWord(source.path)} --name ${name} --symbol ${shellWord(symbol)} --timeframe ${timeframe}`;
  if (source.kind === "exchange")
    return `agentctl data pull ${shellWord(source.exchange)} ${shellWord(source.symbol)} ${timeframe} --since ${source.since} --name ${name}`;
  return `agentctl data resample ${source.data} ${timeframe} --name ${name}`;
}
