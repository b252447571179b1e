import { isoTime } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";

/** A moment as a flag gives it: a date, which is its midnight in UTC, or a time with its zone. Answers RFC 3339 in UTC. Errors (exit usage). */
export function givenTime(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new AgentctlError("cli/usage", `${flag} ${text} is no moment`, { hint: `${flag} 2020-01-31, or 2020-01-31T14:30:00Z`, exit: "usage" });
  return isoTime(ms).replace(".000Z", "Z");
}

/** A share from 0 to 1. Errors (exit usage). */
export function givenShare(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(share >= 0 && share <= 1)) throw new AgentctlError("cli/usage", `${flag} ${text} is no share from 0 to 1`, { hint: `${flag} 0.05`, exit: "usage" });
  return share;
}
