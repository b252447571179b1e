/** How a time is written, which must be the same in all rows of a file: what one of them means would else depend on its neighbours. */
export type TimeKind = "date" | "wall clock" | "UTC offset" | "epoch seconds" | "epoch ms" | "epoch µs" | "epoch ns";

export interface WrittenTime {
  kind: TimeKind;
  /** ms since the epoch; of a wall clock, as if it stood in UTC. */
  ms: number;
  /** Of the offset, for UTC offset. */
  offsetMinutes?: number;
}

/**
 * Reads a time as files write it: a date (2020-01-31, 2020/01/31, 20200131), a date with a clock (T or a space between; Z, +02:00 or nothing after), or a
 * whole or decimal number since the epoch, whose unit is known by its digits (9 or 10: s, 12 or 13: ms, and so on; so from 1973 to 2286). Undefined for anything else:
 * days before months, clocks of twelve hours and the like are not guessed.
 */
export function readTime(text: string): WrittenTime | undefined {
  const trimmed = text.trim();
  const dated = /^(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/i.exec(trimmed);
  if (dated !== null) return readDate(dated);
  return readEpoch(trimmed);
}

function readDate(match: RegExpExecArray): WrittenTime | undefined {
  const [, year, , month, day, hour, minute, second = "0", fraction = "", zone] = match;
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const read = new Date(dayMs);
  if (read.getUTCMonth() !== Number(month) - 1 || read.getUTCDate() !== Number(day)) return undefined;
  if (hour === undefined) return { kind: "date", ms: dayMs };
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = dayMs + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000 + Number(`0.${fraction || "0"}`) * 1000;
  if (zone === undefined) return { kind: "wall clock", ms };
  const offsetMinutes = offsetOf(zone);
  return { kind: "UTC offset", ms: ms - offsetMinutes * 60_000, offsetMinutes };
}

function offsetOf(zone: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const units: readonly { kind: TimeKind; digits: number; perMs: number }[] = [
  { kind: "epoch seconds", digits: 10, perMs: 0.001 },
  { kind: "epoch ms", digits: 13, perMs: 1 },
  { kind: "epoch µs", digits: 16, perMs: 1000 },
  { kind: "epoch ns", digits: 19, perMs: 1_000_000 },
];

function readEpoch(text: string): WrittenTime | undefined {
  const whole = /^(\d{9,19})(\.\d+)?(e[+]?\d{1,2})?$/i.exec(text);
  if (whole === null || whole[3] !== undefined) return undefined;
  const digits = (whole[1] as string).length;
  const unit = units.find((each) => each.digits === digits || each.digits === digits + 1);
  if (unit === undefined) return undefined;
  if (unit.perMs < 1) return { kind: unit.kind, ms: Math.round(Number(text) * 1e6) / 1000 };
  if (unit.perMs === 1) return { kind: unit.kind, ms: Number(text) };
  // Beyond 2^53 a double is not exact.
  const perMs = BigInt(unit.perMs);
  const value = BigInt(whole[1] as string);
  return { kind: unit.kind, ms: Number(value / perMs) + Number(value % perMs) / unit.perMs };
}
