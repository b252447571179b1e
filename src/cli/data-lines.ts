import { safeText } from "../base/safe-text.ts";
import type { FileSeen, ImportedData } from "../operations/import-data.ts";
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
    `read       ${format}  ${columns}${mapping.volume === undefined ? "  (no volume)" : ""}  times as ${times}${zone}  calendar ${calendar}`,
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
    ...(missing === 0
      ? []
      : [`missing    ${count(missing, "bar")} (${(missingShare * 100).toPrecision(2)} %), most after ${gaps[0]?.after}: ${gaps[0]?.bars}`]),
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

/** How to mend what was refused. */
export function mendLines({ health, seen }: Pick<ImportedData, "health" | "seen">): string[] {
  const { counts, problems } = health;
  const cell = problems.find(({ kind }) => kind === "number")?.found ?? "";
  return [
    ...(counts.order ? ["next       --sort sorts the rows by time"] : []),
    ...(/"-?\d+,\d+"/.test(cell) ? ["next       --decimal , reads a decimal comma"] : []),
    ...(counts["time-twice"] ? ["next       --overlaps in-order tells the two apart by the order of the rows"] : []),
    ...(counts.time ? ["next       --time-format '%d.%m.%Y %H:%M' reads times by a format in strptime's words"] : []),
    ...(counts.spacing && seen.timezone === "UTC" ? ["next       --timezone NAME, where bars of days open at local midnight"] : []),
  ];
}
