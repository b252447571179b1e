import { sha256 } from "../base/digest.ts";
import type { SourceFile } from "../base/document.ts";
import { messageOf } from "../base/errors.ts";
import { engineVersion } from "../backtest/backtest.ts";
import { filesDigest } from "../backtest/identity.ts";
import type { BacktestSettings } from "../backtest/settings.ts";
import type { BacktestStarted } from "../event/backtest-events.ts";
import { barsDigest } from "../market/digest.ts";
import type { Bars } from "../strategy/bars.ts";
import { readStrategy } from "../strategy/read-strategy.ts";
import { resample } from "../strategy/resample.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { readBars } from "../trace/bar-lake.ts";
import { upTo } from "./backtest-range.ts";
import { keptBlob, type BacktestRecord } from "./find-backtest.ts";
import type { Authority } from "./load-authority.ts";
import { loadData } from "./load-data.ts";
import type { RunnableStrategy } from "./strategy-source.ts";

/** What a backtest stood on and is not to be had any more. */
export interface MissingPart {
  part: "result" | "engine" | "files" | "strategy" | "data" | "image";
  /** What was asked for, and what there is instead. */
  found: string;
  /** What would mend it. */
  mend: string;
}

/** Everything that the record names, as it was. */
export interface RebuiltBacktest {
  ready: RunnableStrategy;
  settings: BacktestSettings;
  bars: Bars[];
}

/**
 * Brings back what a backtest stood on: its files from the recorded commit's objects or the kept bytes, its bars by digest, nothing from the working
 * tree, everything checked by digest. What is not to be had is named, and nothing is put in its place.
 */
export async function rebuildBacktest(
  { started, finished, version }: BacktestRecord,
  authority: Authority,
  stateDir: string,
): Promise<{ rebuilt?: RebuiltBacktest; missing: MissingPart[] }> {
  const missing: MissingPart[] = [];
  if (finished === undefined) {
    const found = `${started.backtest} never came to its end: there is no result to compare with`;
    missing.push({ part: "result", found, mend: `agentctl backtest run ${started.strategy}` });
  }
  if (started.engine !== engineVersion) {
    const found = `it was traded by engine ${started.engine}, of agentctl ${version}; this is engine ${engineVersion}`;
    missing.push({ part: "engine", found, mend: `install agentctl ${version}, and reproduce it there` });
  }
  const settings = started.settings as unknown as BacktestSettings;
  const [files, data] = await Promise.all([
    readRecordedFiles(started, authority, stateDir),
    Promise.all(started.data.map((set) => readRecordedBars(set, settings, authority, stateDir))),
  ]);
  missing.push(...files.missing, ...data.flatMap((each) => each.missing));
  const strategy = files.missing.length > 0 ? undefined : readStrategy(started.strategy, files.files).strategy;
  if (files.missing.length === 0 && strategy === undefined) {
    const found = `strategies/${started.strategy} as it was cannot be read by this agentctl`;
    missing.push({ part: "strategy", found, mend: `install agentctl ${version}, and reproduce it there` });
  }
  if (missing.length > 0 || strategy === undefined) return { missing };
  const bars = data.flatMap((each) => (each.bars === undefined ? [] : [each.bars]));
  const { digest, committed } = started;
  const ready: RunnableStrategy = {
    strategy,
    files: files.files,
    digest,
    committed,
    settings,
    authority,
    stateDir,
    data: started.data.map((set, index) => ({ set, bars: bars[index] as Bars })),
  };
  return { rebuilt: { ready, settings, bars }, missing };
}

async function readRecordedFiles(
  started: BacktestStarted,
  { repository }: Authority,
  stateDir: string,
): Promise<{ files: SourceFile[]; missing: MissingPart[] }> {
  const files: SourceFile[] = [];
  const missing: MissingPart[] = [];
  const { commit, committed } = started;
  for (const { path, sha256: digest } of started.files) {
    const data = committed ? await repository.readPath(commit, `strategies/${path}`).catch(() => undefined) : keptBlob(stateDir, digest);
    if (data !== undefined && sha256(data) === digest) files.push({ path, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(data) });
    else {
      const where = committed ? `in commit ${commit.slice(0, 10)}` : "among the kept bytes";
      const mend = committed ? "git fetch --all  (its commit is not here, or not whole)" : `put the file with this digest into ${stateDir}/blobs/${digest}`;
      missing.push({ part: "files", found: `strategies/${path} with sha256 ${digest.slice(0, 12)}… is not ${where}`, mend });
    }
  }
  if (missing.length === 0 && filesDigest(started.files) !== started.digest) {
    missing.push({ part: "files", found: `the files on record do not make the digest ${started.digest.slice(0, 12)}…`, mend: "agentctl audit verify" });
  }
  return { files, missing };
}

type RecordedData = BacktestStarted["data"][number];

async function readRecordedBars(
  set: RecordedData,
  settings: BacktestSettings,
  authority: Authority,
  stateDir: string,
): Promise<{ bars?: Bars; missing: MissingPart[] }> {
  const gone = (found: string, mend: string): { missing: MissingPart[] } => ({ missing: [{ part: "data", found: `data ${set.name}: ${found}`, mend }] });
  const short = `${set.sha256.slice(0, 12)}…`;
  const { whole, why } = await barsBy(set, authority, stateDir);
  if (whole === undefined) return gone(`bars with sha256 ${short} are not here${why}`, `agentctl data verify ${set.name}`);
  const wantedMs = settings.timeframeMs;
  const bars = upTo(wantedMs === timeframeMs(set.timeframe) ? whole : resample(whole, wantedMs), Date.parse(set.to));
  if (bars.length === set.rows) return { bars, missing: [] };
  return gone(`${bars.length} bars up to ${set.to} where ${set.rows} are on record`, "agentctl audit verify");
}

/** Bars by digest: from the lake, current or former, else made again when the data set still is that one. */
async function barsBy({ name, sha256: digest }: RecordedData, authority: Authority, stateDir: string): Promise<{ whole?: Bars; why: string }> {
  const kept = await readBars(stateDir, name, digest).catch((thrown: unknown) => messageOf(thrown));
  if (kept !== undefined && typeof kept !== "string" && barsDigest(kept) === digest) return { whole: kept, why: "" };
  const spoiled = kept === undefined ? "" : "; those in the lake are not what their name says";
  try {
    const { set, bars } = await loadData(authority, stateDir, name);
    return set.sha256 === digest ? { whole: bars, why: "" } : { why: `${spoiled}; data/${name}.yaml is now of ${set.sha256.slice(0, 12)}…` };
  } catch (thrown) {
    return { why: `${spoiled}; ${messageOf(thrown)}` };
  }
}
