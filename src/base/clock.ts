/** The only door to time. Engines take their time from here (or as an argument); a house test bans the rest. */
export interface Clock {
  /** Wall time, ms since the epoch. */
  nowMs(): number;
  /** Monotonic time in ms, for durations only. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** RFC 3339 in UTC with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
