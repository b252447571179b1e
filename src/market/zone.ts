import { AgentctlError } from "../base/errors.ts";

const slotMs = 900_000;
const dayMs = 86_400_000;

/** Wall clocks of one time zone (IANA name). */
export interface Zone {
  /** Every moment at which a clock there shows this (both as ms since the epoch): none where it is put forward, two, the earlier first, where it is put back. */
  moments(wallMs: number): number[];
  /** What a clock there shows at a moment. */
  wall(ms: number): number;
}

/** Errors (exit usage): market/unknown-zone. */
export function openZone(name: string): Zone {
  const format = formatOf(name);
  // Offsets change on quarters of an hour at the earliest, and asking for one is slow.
  const known = new Map<number, number>();
  const offset = (ms: number): number => {
    const slot = Math.floor(ms / slotMs);
    let found = known.get(slot);
    if (found === undefined) {
      found = shownAt(format, slot * slotMs) - slot * slotMs;
      known.set(slot, found);
    }
    return found;
  };
  return {
    wall: (ms) => ms + offset(ms),
    moments(wallMs) {
      const before = offset(wallMs - dayMs);
      const after = offset(wallMs + dayMs);
      const offsets = before === after ? [before] : [Math.max(before, after), Math.min(before, after)];
      return offsets.map((each) => wallMs - each).filter((ms) => ms + offset(ms) === wallMs);
    },
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    const fields = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    return new Intl.DateTimeFormat("en-US", { timeZone: name, hourCycle: "h23", era: "short", ...fields });
  } catch (cause) {
    throw new AgentctlError("market/unknown-zone", `${JSON.stringify(name)} is no time zone that is known here`, {
      hint: "--timezone Europe/Berlin  (a name of the IANA list, or UTC)",
      exit: "usage",
      cause,
    });
  }
}

function shownAt(format: Intl.DateTimeFormat, ms: number): number {
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const number = (name: string): number => Number(parts[name]);
  return Date.UTC(number("year"), number("month") - 1, number("day"), number("hour"), number("minute"), number("second"));
}
