import { amount, share } from "../base/figures.ts";
import { safeText } from "../base/safe-text.ts";
import { statGroups, type StatRow } from "../operations/show-stats.ts";
import { duration } from "../operations/timeline-words.ts";
import type { Rate } from "../telemetry/wilson.ts";
import { table } from "./table.ts";

/** A rate for people: `90 % of 10 (60-98)`; a dash of nothing. */
export function rateText({ share: found, of, low, high }: Rate): string {
  return found === null ? "-" : `${share(found)} of ${of} (${Math.floor(low * 100)}-${Math.ceil(high * 100)})`;
}

/** Statistics as one table a group, spending only where there is some. */
export function statLines(rows: readonly StatRow[]): string[] {
  return statGroups.flatMap((by, place) => {
    const group = rows.filter((row) => row.by === by);
    if (group.length === 0) return [];
    const shown = group.map((row) => ({
      [by]: safeText(row.name, { oneLine: true }),
      runs: row.runs,
      success: rateText(row.success),
      tokens: row.inputTokens === null ? "" : `${row.inputTokens} + ${row.outputTokens ?? 0}`,
      cost: row.costUsd === null ? "" : `$${amount(row.costUsd)}`,
      median: row.medianMs === null ? "-" : duration(row.medianMs),
      p95: row.p95Ms === null ? "-" : duration(row.p95Ms),
    }));
    const spent = group.some(({ inputTokens }) => inputTokens !== null) ? ["tokens", "cost"] : [];
    return [...(place > 0 && rows[0]?.by !== by ? [""] : []), ...table(shown, [by, "runs", "success", ...spent, "median", "p95"])];
  });
}
