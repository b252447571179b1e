import type { Health } from "../market/judge-bars.ts";
import type { ImportedData } from "../operations/import-data.ts";
import { count } from "./quantity.ts";

/** So many bad rows are an accident; more are a file that is read in the wrong way, or no data. */
const accidentalShareMax = 0.01;

/** How to mend what an import refused, one flag a line. What is no threshold's matter comes first: with it the rest often goes away. */
export function mendLines({ health, seen }: Pick<ImportedData, "health" | "seen">): string[] {
  const { counts, problems } = health;
  const found = (kind: "number" | "time"): string => problems.find((problem) => problem.kind === kind)?.found ?? "";
  const cell = found("number");
  const mends = [
    ...(counts.order ? ["--sort sorts the rows by time"] : []),
    ...(/"-?\d+,\d+"/.test(cell) ? ["--decimal , reads a decimal comma"] : []),
    ...(/"-?\d+(,\d+)+\.\d*"/.test(cell) ? ["write numbers without a sign between thousands: 1234.50"] : []),
    ...(counts["time-twice"] ? ["--overlaps in-order tells the two apart by the order of the rows"] : []),
    ...(counts.time ? [`--time-format ${timeFormats(found("time"))} reads times by a format in strptime's words`] : []),
    ...(counts.spacing && seen.timezone === "UTC" ? ["--timezone NAME, where bars of days open at local midnight"] : []),
    ...(health.spacing === null ? [] : [`--timeframe ${health.spacing}, if that is what the bars are`]),
  ];
  return (mends.length > 0 ? mends : thresholdMends(health, seen.calendar)).map((mend) => `next       ${mend}`);
}

/** What is neither misread nor out of order can only be borne with. */
function thresholdMends({ bad, rows, missing, missingShare, refused }: Health, calendar: string): string[] {
  const few = bad > 0 && bad <= Math.max(1, accidentalShareMax * (rows + bad));
  const gaps = missing > 0 && refused.some((why) => why.startsWith("missing"));
  return [
    ...(few ? [`--bad-max ${bad} leaves out ${count(bad, "bad row")}`] : []),
    ...(gaps && calendar === "always" ? ["--calendar sessions, where the market closes for nights, weekends and holidays"] : []),
    ...(gaps ? [`--gaps-max ${(Math.ceil(missingShare * 1000) / 1000).toString()}, if that many may be missing`] : []),
  ];
}

/** Formats that a time like this may be written in; which one, its letters do not tell. */
function timeFormats(found: string): string {
  const [, date = "", clock = ""] = /^"([^T" ]*)[T ]?([^"]*)"/.exec(found) ?? [];
  const time = /^\d+:\d+:\d+$/.test(clock) ? " %H:%M:%S" : /^\d+:\d+$/.test(clock) ? " %H:%M" : "";
  if (clock !== "" && time === "") return "'%d.%m.%Y %H:%M'";
  if (/^\d+\/\d+\/\d{4}$/.test(date)) return `'%m/%d/%Y${time}' or '%d/%m/%Y${time}'`;
  return `'%d.%m.%Y${/^\d+\.\d+\.\d{4}$/.test(date) ? time : " %H:%M"}'`;
}
