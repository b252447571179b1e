import { share } from "../base/figures.ts";
import { safeText } from "../base/safe-text.ts";
import type { DataRow } from "../operations/list-data.ts";
import type { PulledData } from "../operations/pull-data.ts";
import type { DataShown } from "../operations/show-data.ts";
import type { VerifiedData } from "../operations/verify-data.ts";
import type { FileSeen } from "../operations/import-data.ts";
import type { KeptBars } from "../operations/keep-bars.ts";
import type { Health } from "../market/judge-bars.ts";
import { clip } from "./clip.ts";
import { paint } from "./paint.ts";
import { count } from "./quantity.ts";
import { table } from "./table.ts";

/** Rows of problems on a screen; `--json` has more. */
const shownMax = 20;

/** What was recognised in the file, so that a wrong guess is seen. */
export function seenLines({ format, mapping, times, timezone, calendar, outside, forming, resolved }: FileSeen): string[] {
  const columns = Object.entries(mapping)
    .map(([target, column]) => `${target}=${column}`)
    .join(" ");
  const zone = times === "wall clock" ? ` in ${timezone}` : "";
  return [
    `read       ${format}  ${columns}${mapping.volume === undefined ? "  (no volume)" : ""}  ${times === null ? "times not understood" : `times as ${times}${zone}`}  calendar ${calendar}`,
    ...(outside === 0 ? [] : [`outside    ${count(outside, "row")} of other times`]),
    ...(forming === 0 ? [] : [`forming    ${count(forming, "row")} left out: not closed yet`]),
    ...(resolved === 0 ? [] : [`twice      ${count(resolved, "local time")} that happened twice, told apart by their order`]),
  ];
}

/** What was found wrong: why it was refused, then the rows. */
export function healthLines(health: Health): string[] {
  const { refused, problems, bad, leftOut, missing, gaps, missingShare } = health;
  const rows = problems
    .slice(0, shownMax)
    .map(({ row, time, kind, found }) => ({ row, time: time ?? "", kind, found: clip(safeText(found, { oneLine: true }), 90) }));
  return [
    ...refused.map((why) => `${paint("red", "refused")}    ${why}`),
    ...(rows.length === 0 ? [] : table(rows, ["row", "time", "kind", "found"]).map((line) => `  ${line}`)),
    ...(problems.length > shownMax ? [`  … ${count(bad, "bad row")} in all; --json lists the first hundred`] : []),
    ...(leftOut === 0 ? [] : [`left out   ${count(leftOut, "bad row")}`]),
    ...(missing === 0 ? [] : [`missing    ${count(missing, "bar")} (${share(missingShare)}), most after ${gaps[0]?.after}: ${gaps[0]?.bars}`]),
  ];
}

/** What was kept, and what to commit. */
export function keptLines({ set, path, replaces }: KeptBars): string[] {
  return [
    `kept       ${count(set.rows, "bar")} of ${set.timeframe}  ${set.from} to ${set.to}  sha256 ${set.sha256.slice(0, 12)}…`,
    ...(replaces === null ? [] : [`replaces   ${replaces.slice(0, 12)}…, which stays in the lake`]),
    `next       git add ${path} && git commit -m "data: ${set.name}"`,
  ];
}

/** The data sets as a table; a manifest that cannot be used says why. */
export function dataList(rows: readonly DataRow[]): string[] {
  const shown = rows.map((row) => ({
    name: row.name,
    symbol: row.problem === null ? safe(row.symbol ?? "") : clip(`broken: ${safe(row.problem)}`, 60),
    timeframe: row.timeframe ?? "",
    rows: row.rows,
    from: row.from?.slice(0, 10) ?? "",
    to: row.to?.slice(0, 10) ?? "",
    missing: row.missing,
    source: row.source ?? "",
    lake: row.inLake ? "yes" : "no",
  }));
  return rows.length === 0 ? [] : table(shown, ["name", "symbol", "timeframe", "rows", "from", "to", "missing", "source", "lake"]);
}

/** Everything about a data set as lines. */
export function dataShown(set: DataShown): string[] {
  const rows = [
    ["data", `${set.name}  ${set.symbol}  ${set.timeframe}  in ${set.currency}`],
    ["bars", `${set.rows}  ${set.from} to ${set.to}`],
    ["calendar", set.calendar],
    ["decimals", `${set.priceDecimals} of a price, ${set.unitDecimals} of a quantity`],
    ["missing", `${count(set.missing, "bar")}${set.gaps.length === 0 ? "" : `, most ${gapWords(set.gaps[0])}`}`],
    ["source", sourceWords(set.source)],
    ["licence", set.licence],
    ["digest", `sha256:${set.sha256}`],
    ["lake", set.inLake ? "holds the bars" : "lacks the bars"],
    ["at", `${set.path}  ${{ same: "committed", differs: "differs from the commit", missing: "not committed" }[set.committed]}`],
  ];
  return table(
    rows.map(([name, value]) => ({ name, value: safe(value ?? "") })),
    ["name", "value"],
    { header: false },
  );
}

/** One data set that was verified: a line when all is well, else what is not. */
export function verifiedLines({ name, bars, differences, health, passed }: VerifiedData): string[] {
  const word = passed ? "ok" : differences.length > 0 ? paint("red", bars) : paint("red", "unhealthy");
  return [
    `${name}  ${word}${health === null ? "" : `  ${count(health.rows, "bar")}, ${health.missing} missing, ${count(health.bad, "bad row")}`}`,
    ...differences.map((difference) => `  ${safe(difference)}`),
    ...(health === null || health.passed ? [] : healthLines(health).map((line) => `  ${line}`)),
  ];
}

/** What a pull brought. */
export function pulledLines({ health, added, changed, changedCount, exchangeTime, requests, kept }: PulledData): string[] {
  return [
    `pulled     ${count(added, "new bar")} in ${count(requests, "request")}; closed by the exchange's clock, ${exchangeTime}`,
    ...(changedCount === 0
      ? []
      : [`${paint("red", "changed")}    ${count(changedCount, "candle")} changed after closing, first ${changed[0]?.time}; the later word counts`]),
    ...healthLines(health),
    ...(kept === undefined
      ? health.passed
        ? ["current    nothing new"]
        : ["next       --gaps-max SHARE, if that many may be missing; what was pulled is kept"]
      : keptLines(kept)),
  ];
}

function safe(text: string): string {
  return safeText(text, { oneLine: true });
}

function gapWords(gap: DataShown["gaps"][number] | undefined): string {
  return gap === undefined ? "" : `${gap.bars} between ${gap.after} and ${gap.before}`;
}

function sourceWords(source: DataShown["source"]): string {
  if (source.kind === "file") return `${source.path}  sha256:${source.sha256.slice(0, 12)}…`;
  if (source.kind === "exchange") return `${source.exchange}${source.endpoint === undefined ? "" : ` at ${source.endpoint}`}  since ${source.since}`;
  return `${source.data}  sha256:${source.sha256.slice(0, 12)}…`;
}
