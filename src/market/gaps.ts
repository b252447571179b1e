import type { Bars } from "../strategy/bars.ts";
import type { DataSet } from "./data-set.ts";
import { timeText } from "./problems.ts";

type Gap = DataSet["gaps"][number];

const dayMs = 86_400_000;
const listedMax = 20;
/** Weekdays in a row that count as holidays (Christmas, Easter, a storm); more is a gap, which it may be all the same. */
const holidaysMax = 2;

/**
 * Missing stretches between bars that are in the order of time. always: wherever a bar should open and none does. sessions: within one day (UTC) likewise;
 * between days only when more than two weekdays are missing in a row. Answers the largest twenty, and how many bars are missing in all.
 */
export function findGaps(bars: Bars, timeframeMs: number, calendar: DataSet["calendar"]): { gaps: Gap[]; missing: number } {
  const found: { after: number; before: number; bars: number }[] = [];
  const aDay = calendar === "sessions" && timeframeMs < dayMs ? Math.round(bars.length / daysOf(bars)) : 1;
  let missing = 0;
  for (let at = 1; at < bars.length; at += 1) {
    const after = bars.ts[at - 1] as number;
    const before = bars.ts[at] as number;
    if (before - after <= timeframeMs) continue;
    const count = calendar === "always" || timeframeMs > dayMs ? steps(after, before, timeframeMs) : inSessions(after, before, timeframeMs, aDay);
    if (count < 1) continue;
    missing += count;
    found.push({ after, before, bars: count });
  }
  const gaps = found
    .toSorted((a, b) => b.bars - a.bars || a.after - b.after)
    .slice(0, listedMax)
    .map((gap) => ({ after: timeText(gap.after) as string, before: timeText(gap.before) as string, bars: gap.bars }));
  return { gaps, missing };
}

function steps(after: number, before: number, timeframeMs: number): number {
  return Math.round((before - after) / timeframeMs) - 1;
}

function inSessions(after: number, before: number, timeframeMs: number, aDay: number): number {
  const from = Math.floor(after / dayMs);
  const to = Math.floor(before / dayMs);
  if (from === to) return steps(after, before, timeframeMs);
  let weekdays = 0;
  for (let day = from + 1; day < to; day += 1) if (!isWeekend(day)) weekdays += 1;
  return weekdays > holidaysMax ? weekdays * aDay : 0;
}

/** Of a day counted from the epoch, which was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (((day + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}

function daysOf(bars: Bars): number {
  let days = 0;
  let current = Number.NaN;
  for (const ts of bars.ts) {
    const day = Math.floor(ts / dayMs);
    if (day !== current) days += 1;
    current = day;
  }
  return Math.max(1, days);
}

/** sessions when bars of more than three weeks leave out every weekend, else always. */
export function guessCalendar(bars: Bars): DataSet["calendar"] {
  const first = bars.ts[0] ?? 0;
  const last = bars.ts[bars.length - 1] ?? 0;
  return last - first > 21 * dayMs && bars.ts.every((ts) => !isWeekend(Math.floor(ts / dayMs))) ? "sessions" : "always";
}
