import { civilDate } from "../../base/civil-date.ts";

/** Facts of the calendar about the opening time of a bar, UTC. All are known before the bar is. */
export const calendarColumns = ["hour", "weekday", "day_of_month", "days_left_in_month", "month"] as const;
export type CalendarColumn = (typeof calendarColumns)[number];

const dayMs = 86_400_000;

/** hour 0–23; weekday 1 (Monday) to 7; day_of_month 1–31; days_left_in_month 0 on the last day; month 1–12. */
export function calendarColumn(name: CalendarColumn, ts: Float64Array): Float64Array {
  const out = new Float64Array(ts.length);
  for (let row = 0; row < out.length; row++) out[row] = fact(name, ts[row] as number);
  return out;
}

function fact(name: CalendarColumn, ms: number): number {
  const days = Math.floor(ms / dayMs);
  if (name === "hour") return Math.floor((ms - days * dayMs) / 3_600_000);
  // 1970-01-01 was a Thursday.
  if (name === "weekday") return ((((days + 3) % 7) + 7) % 7) + 1;
  const { year, month, day } = civilDate(days);
  if (name === "month") return month;
  return name === "day_of_month" ? day : daysIn(year, month) - day;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
