import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { givenTime } from "./given-values.ts";

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** How far back: `90s`, `15m`, `1h`, `7d`, `2w`, or a moment as `givenTime` reads it. Answers RFC 3339 in UTC with milliseconds. Errors (exit usage). */
export function givenSince(flag: string, text: string | undefined, nowMs: number): string | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return isoTime(Math.max(0, nowMs - Number(count) * unitsMs[unit as keyof typeof unitsMs]));
  try {
    return isoTime(Date.parse(givenTime(flag, text) ?? ""));
  } catch {
    throw new AgentctlError("cli/usage", `${flag} ${text} is neither a time back nor a moment`, {
      hint: `${flag} 1h, ${flag} 7d, ${flag} 2026-01-31`,
      exit: "usage",
    });
  }
}
