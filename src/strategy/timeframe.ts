import { AgentctlError } from "../base/errors.ts";

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Monday, 1970-01-05: weeks are counted from here, everything shorter from the epoch. Both are UTC. */
const firstMondayMs = 4 * 86_400_000;

/** Length of a timeframe such as `15m`, `1h`, `1d`, `1w`, in ms. Months have no fixed length and are none. Errors: strategy/bad-timeframe. */
export function timeframeMs(timeframe: string): number {
  const [, count, unit] = /^([1-9]\d{0,3})([smhdw])$/.exec(timeframe) ?? [];
  if (count === undefined || unit === undefined) {
    throw new AgentctlError("strategy/bad-timeframe", `"${timeframe}" is not a timeframe`, {
      hint: "a whole number and s, m, h, d or w, for example 15m, 1h, 1d, 1w",
      exit: "usage",
    });
  }
  return Number(count) * (unitsMs[unit] as number);
}

/** The timeframe of a length in the largest unit that divides it: 86,400,000 is `1d`. */
export function timeframeOf(ms: number): string {
  const unit = ["w", "d", "h", "m", "s"].find((unit) => ms % (unitsMs[unit] as number) === 0);
  if (unit === undefined || !(ms > 0)) throw new AgentctlError("strategy/bad-timeframe", `${ms} ms is not a timeframe`);
  return `${ms / (unitsMs[unit] as number)}${unit}`;
}

/** Opening time of the bar of this length that a moment lies in: whole weeks start on Monday, all else is counted from the epoch; in UTC. */
export function barStart(ts: number, lengthMs: number): number {
  const from = lengthMs % (unitsMs["w"] as number) === 0 ? firstMondayMs : 0;
  return Math.floor((ts - from) / lengthMs) * lengthMs + from;
}
