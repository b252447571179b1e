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
  const { year, month, day } = dateOf(days);
  if (name === "month") return month;
  return name === "day_of_month" ? day : daysIn(year, month) - day;
}

/** Days since 1970-01-01 as a Gregorian date. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days. */
function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
