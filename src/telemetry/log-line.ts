import { isMapping } from "../base/mapping.ts";
import { safeText } from "../base/safe-text.ts";
import type { EventRecord } from "../event/events.ts";

export const logLevels = ["info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A record as a line of a log. Members after `msg` are there where the record has them. */
export interface LogLine {
  /** RFC 3339 in UTC. */
  ts: string;
  level: LogLevel;
  /** The run that was asked for; of an agent the root of all parts. */
  run: string;
  /** The run whose journal it stands in. */
  part: string;
  seq: number;
  kind: string;
  /** For people; one line. */
  msg: string;
  [field: string]: string | number | boolean;
}

/** Members of an event's data that a log is searched by. Texts of models and tools are not among them. */
const fields =
  "agent command subtask key call role model skill tool class outcome exitCode oomKilled cached durationMs" +
  " costUsd tokens error limit used most granted effect approval grant proposal state vote who sidecar lane channel topic backtest experiment gate strategy passed accepted host port";

const fieldMax = 200;

const bad = new Set(["failed", "crashed", "oom", "died", "interrupted", "bad-output", "output-overflow", "unknown"]);
const poor = new Set(["denied", "waiting", "budget", "limit", "timeout", "halted", "cancelled", "refused", "invalid", "skipped", "expired"]);

/** A record as a line; `msg` is its wording, `run` what its journal is a part of. */
export function logLine(record: EventRecord, { run, msg }: { run: string; msg: string }): LogLine {
  const data: unknown = record.data;
  return { ts: record.ts, level: levelOf(record.kind, data), run, part: record.run, seq: record.seq, kind: record.kind, msg, ...fieldsOf(data) };
}

/** error: something broke or was stopped; warn: something was refused, waits, or ended before its time. */
export function levelOf(kind: string, data: unknown): LogLevel {
  if (kind === "halt.set" || kind === "journal.damaged") return "error";
  if (kind === "limit.reached" || kind === "approval.asked" || kind === "notify.failed") return "warn";
  if (!isMapping(data)) return "info";
  if (kind === "sidecar.ended") return data["why"] === "memory" || data["why"] === "crash" ? "error" : "info";
  const { outcome, effect, state, granted, accepted, passed } = data;
  if (typeof outcome === "string" && bad.has(outcome)) return "error";
  if ((typeof outcome === "string" && poor.has(outcome)) || (kind === "decision.made" && effect !== "allow")) return "warn";
  return granted === false || accepted === false || passed === false || state === "denied" || state === "expired" ? "warn" : "info";
}

function fieldsOf(data: unknown): Record<string, string | number | boolean> {
  if (!isMapping(data)) return {};
  const request = isMapping(data["request"]) ? data["request"] : {};
  const usage = isMapping(data["usage"]) ? data["usage"] : {};
  const skill = isMapping(request["skill"]) ? request["skill"]["name"] : undefined;
  const all: Record<string, unknown> = { ...data, inputTokens: usage["inputTokens"], outputTokens: usage["outputTokens"] };
  // Of a decision, what was asked.
  if (data["request"] !== undefined)
    Object.assign(all, { action: request["action"], ...pick(request, ["class", "tool", "host", "port"]), skill, decision: data["id"] });
  const rules = Array.isArray(data["rules"]) ? data["rules"].join(",") : undefined;
  return pick({ ...all, rules }, [...fields.split(" "), "inputTokens", "outputTokens", "action", "decision", "rules"]);
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, string | number | boolean> {
  const found: Record<string, string | number | boolean> = {};
  for (const name of names) {
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    if (typeof value === "number" || typeof value === "boolean") found[name] = value;
    // What others named can hide nothing in a terminal, and is bounded.
    if (typeof value === "string") found[name] = safeText(value.slice(0, fieldMax), { oneLine: true });
  }
  return found;
}

/** Whether a line is at least of a level. */
export function isAtLeast(line: LogLine, level: LogLevel): boolean {
  return logLevels.indexOf(line.level) >= logLevels.indexOf(level);
}
