import { safeText } from "../base/safe-text.ts";
import type { LogLevel, LogLine } from "../telemetry/log-line.ts";
import { paint } from "./paint.ts";

const colours = { info: "dim", warn: "yellow", error: "red" } as const satisfies Record<LogLevel, string>;

/** A line of a log for people: `2026-11-21 12:00:03.000  warn   r-7k2m  limit.reached  …`. */
export function logText({ ts, level, part, kind, msg }: LogLine, stream: NodeJS.WriteStream = process.stdout): string {
  const when = ts.slice(0, 23).replace("T", " ");
  return `${when}  ${paint(colours[level], level.padEnd(5), stream)}  ${part}  ${kind}  ${safeText(msg, { oneLine: true })}`;
}
