import { isoTime } from "../base/clock.ts";

const dayMs = 86_400_000;

export interface Period {
  /** RFC 3339 in UTC: from the one, up to and without the other. */
  from: string;
  to: string;
}

/** The last `days` days up to now in days or weeks of UTC; the first may begin, and the last ends, within one. */
export function periods(nowMs: number, days: number, every: "day" | "week"): Period[] {
  const startMs = (Math.floor(nowMs / dayMs) - days + 1) * dayMs;
  const found: Period[] = [];
  for (let fromMs = startMs; fromMs <= nowMs;) {
    const toMs = Math.min(every === "day" ? fromMs + dayMs : nextMonday(fromMs), nowMs + 1);
    found.push({ from: isoTime(fromMs), to: isoTime(toMs) });
    fromMs = toMs;
  }
  return found;
}

/** The epoch was a Thursday. */
function nextMonday(ms: number): number {
  const weekday = (Math.floor(ms / dayMs) + 3) % 7;
  return (Math.floor(ms / dayMs) + 7 - weekday) * dayMs;
}
