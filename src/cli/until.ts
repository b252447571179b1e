import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { grantScopes, type GrantScopeName } from "../policy/grant.ts";

const dayMs = 86_400_000;
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** `7d`, `friday`, `2026-12-04`: the end of that day in UTC; or a time, as RFC 3339. In ms. Error cli/usage. */
export function parseUntil(text: string, nowMs: number): number {
  const today = Math.floor(nowMs / dayMs);
  const days = /^(\d{1,3})d$/.exec(text)?.[1];
  if (days !== undefined) return (today + Number(days) + 1) * dayMs;
  const weekday = weekdays.findIndex((name) => name === text.toLowerCase() || name.slice(0, 3) === text.toLowerCase());
  // The epoch was a Thursday.
  if (weekday >= 0) return (today + ((weekday - ((today + 4) % 7) + 7) % 7) + 1) * dayMs;
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text) + dayMs;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new AgentctlError("cli/usage", `--until ${text} is no day`, { hint: "--until 7d, --until friday, --until 2026-12-04", exit: "usage" });
}

/** `--until` and `--scope` together; undefined without them. */
export function wantedGrant(
  flags: { until?: string | undefined; scope?: string | undefined },
  nowMs: number = systemClock.nowMs(),
): { scope: GrantScopeName; untilMs: number } | undefined {
  const scope = grantScopes.find((name) => name === flags.scope);
  return flags.until === undefined || scope === undefined ? undefined : { scope, untilMs: parseUntil(flags.until, nowMs) };
}
