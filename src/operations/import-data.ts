import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { ColumnMapping } from "../market/column-mapping.ts";
import type { DataSet, FileSource } from "../market/data-set.ts";
import { describeBars, priceDecimalsOf } from "../market/describe-bars.ts";
import { judgeBars, usualThresholds, type Health, type Thresholds } from "../market/judge-bars.ts";
import { timeText } from "../market/problems.ts";
import { dataSetPath } from "../market/read-data-set.ts";
import type { TimeKind } from "../market/read-time.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { keepBars, type KeptBars } from "./keep-bars.ts";
import { loadAuthority } from "./load-authority.ts";
import { personName } from "./person.ts";
import { fileDigest, readBarsFile, type BarsFileRead } from "./read-bars-file.ts";

/** Those that are not given are the usual ones. */
export type GivenThresholds = { [name in keyof Thresholds]?: Thresholds[name] | undefined };

export interface ImportAsked extends Omit<FileSource, "kind" | "path" | "sha256" | "mapping" | "badMax">, GivenThresholds {
  cwd: string;
  env: NodeJS.ProcessEnv;
  file: string;
  name: string;
  symbol: string;
  timeframe: string;
  map?: readonly string[] | undefined;
  calendar?: DataSet["calendar"] | undefined;
  currency?: string | undefined;
  licence?: string | undefined;
  priceDecimals?: number | undefined;
  unitDecimals?: number | undefined;
  rowsMax?: number | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

/** What was recognised in the file, for people to check. */
export interface FileSeen {
  format: "csv" | "parquet";
  mapping: ColumnMapping;
  times: TimeKind | null;
  timezone: string;
  calendar: DataSet["calendar"];
  /** Rows that lie outside the range, that have not closed yet, whose local time was told by their order. */
  outside: number;
  forming: number;
  resolved: number;
}

export interface ImportedData {
  seen: FileSeen;
  health: Health;
  /** Undefined when the bars were refused. */
  kept?: KeptBars | undefined;
}

export type ImportResult = Omit<DecidedRun<ImportedData>, "value"> & Partial<ImportedData> & { name: string };

/** More than any file within the usual bound of rows takes. */
const timeoutMs = 600_000;

/**
 * Brings the bars of a CSV or Parquet file into the lake and writes data/<name>.yaml: decided as data.import, recorded. Bars beyond a threshold are refused
 * with the list, which is a result; the former data set of that name then stays as it was. Errors (exit usage): what the file or a flag cannot be read as.
 */
export async function importData(asked: ImportAsked): Promise<ImportResult> {
  dataSetPath(asked.name);
  const frameMs = timeframeMs(asked.timeframe);
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const { root } = authority.workspace;
  const absolute = resolve(asked.cwd, asked.file);
  const path = sourcePath(root, absolute);
  const { name, symbol, timeframe } = asked;
  const request: ActionRequest = {
    action: "data.import",
    class: "W",
    actor: { kind: "person", name: personName() },
    path: dataSetPath(name),
    args: { data: name, symbol, timeframe, file: path },
  };
  const { value, ...ended } = await decidedAction<ImportedData>(
    { authority, stateDir },
    { command: `data import ${path} --name ${name}`, request, amounts: { wallMs: timeoutMs, files: 1 }, env: asked.env, onDecision: asked.onDecision },
    async (open) => {
      const { read, sha256 } = await steady(absolute, () => readBarsFile({ ...asked, path: absolute, timeframeMs: frameMs }));
      const { bars, rows, problems, written, outside, forming, resolved, format, mapping } = read;
      const thresholds = thresholdsOf(asked);
      const judged = judgeBars(
        { bars, problems, rowOf: (at) => rows[at] as number },
        { timeframeMs: frameMs, calendar: asked.calendar, sort: asked.sort ?? false, thresholds },
      );
      const { health, calendar } = judged;
      const seen = { format, mapping, times: written ?? null, timezone: asked.timezone ?? "UTC", calendar, outside, forming, resolved };
      if (!health.passed) return { outcome: "failed", value: { seen, health } };
      const described = describeBars(judged.bars);
      // A bar that had not closed yet will have closed when the file is read again.
      const until = forming === 0 ? asked.until : (timeText((judged.bars.ts.at(-1) as number) + frameMs) ?? undefined);
      const set: DataSet = {
        name,
        symbol,
        timeframe,
        calendar,
        currency: asked.currency ?? currencyOf(symbol),
        priceDecimals: asked.priceDecimals ?? priceDecimalsOf(judged.bars),
        unitDecimals: asked.unitDecimals ?? 4,
        ...described,
        gaps: health.gaps,
        missing: health.missing,
        source: fileSource(asked, { path, sha256, mapping, until, leftOut: health.leftOut }),
        licence: asked.licence ?? "not stated",
      };
      return { outcome: "ok", value: { seen, health, kept: await keepBars(open, root, set, judged.bars) } };
    },
  );
  return { ...ended, name, ...value };
}

/** The file's digest, and what was read of it, when both are of the same bytes. */
async function steady(path: string, read: () => Promise<BarsFileRead>): Promise<{ read: BarsFileRead; sha256: string }> {
  const stamp = (): string => {
    const { size, mtimeMs, ino } = statSync(path);
    return [size, mtimeMs, ino].join();
  };
  const before = statSync(path, { throwIfNoEntry: false })?.isFile() === true ? stamp() : "";
  const result = await read();
  const sha256 = await fileDigest(path);
  if (stamp() === before) return { read: result, sha256 };
  throw new AgentctlError("market/file-changed", `${path} was written to while it was read`, { hint: "import it again when it is complete" });
}

function thresholdsOf({ badMax, gapsMax, frozenMax }: GivenThresholds): Thresholds {
  const usual = usualThresholds;
  return { badMax: badMax ?? usual.badMax, gapsMax: gapsMax ?? usual.gapsMax, frozenMax: frozenMax ?? usual.frozenMax };
}

/** What makes the file be read the same way again; defaults are left out. */
function fileSource(
  { timezone, timeFormat, decimal, sort, overlaps, since, badMax }: ImportAsked,
  read: { path: string; sha256: string; mapping: ColumnMapping; until: string | undefined; leftOut: number },
): FileSource {
  const { path, sha256, mapping, until } = read;
  return {
    kind: "file",
    path,
    sha256,
    mapping: given(mapping),
    ...(timezone !== undefined && { timezone }),
    ...(timeFormat !== undefined && { timeFormat }),
    ...(decimal === "," && { decimal }),
    ...(sort === true && { sort }),
    ...(overlaps === "in-order" && { overlaps }),
    ...(read.leftOut > 0 && { badMax }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

function given(mapping: ColumnMapping): Record<string, string> {
  return Object.fromEntries(Object.entries(mapping).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Relative to the workspace when it lies there. */
function sourcePath(root: string, absolute: string): string {
  const real = statSync(absolute, { throwIfNoEntry: false }) === undefined ? absolute : realpathSync(absolute);
  const below = relative(realpathSync(root), real);
  return below.startsWith("..") || isAbsolute(below) ? absolute : below.split(sep).join("/");
}

/** Of BTC/USDT or BTC/USDT:USDT it is the second; of a name that says nothing, US dollars. */
function currencyOf(symbol: string): string {
  return /^[^/]+\/([A-Za-z0-9]+)(:|$)/.exec(symbol)?.[1] ?? "USD";
}
