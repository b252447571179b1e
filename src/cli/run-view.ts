import { safeText } from "../base/safe-text.ts";
import type { EventRecord } from "../event/events.ts";
import { dollars, duration } from "../operations/timeline-words.ts";
import { isKind } from "../trace/record.ts";
import { progressOf, textOf } from "./agent-steps.ts";
import { clip } from "./clip.ts";

interface Work {
  objective: string;
  state: string;
  /** What it does just now, and since when, ms since the epoch. */
  now?: { what: string; sinceMs: number } | undefined;
  latest: string;
}

/** Where a run stands, folded from its records. */
export interface RunView {
  title: string;
  startMs: number;
  subtasks: Map<string, Work>;
  tokens: number;
  costUsd: number;
  iterations: number;
  limits: { tokens?: number; costUsd?: number; iterations?: number };
  waits: Set<string>;
  answer: string;
}

export function newRunView(): RunView {
  return { title: "", startMs: 0, subtasks: new Map(), tokens: 0, costUsd: 0, iterations: 0, limits: {}, waits: new Set(), answer: "" };
}

/** Takes one more record. */
export function takeIn(view: RunView, record: EventRecord): void {
  const ts = Date.parse(record.ts);
  if (view.startMs === 0) view.startMs = ts;
  if (isKind(record, "run.started") && view.title === "") view.title = oneLine(record.data.command);
  if (isKind(record, "agent.started")) {
    view.title = oneLine(`${record.data.agent}: ${textOf(record.data.objective)}`);
    view.limits = record.data.limits;
    view.waits.clear();
  }
  if (isKind(record, "plan.made")) for (const { id, objective } of record.data.subtasks) workOf(view, id).objective = oneLine(textOf(objective));
  if (isKind(record, "subtask.started")) workOf(view, record.data.subtask).state = "at work";
  if (isKind(record, "model.asked")) workOf(view, record.data.subtask).now = { what: `a model (${record.data.role})`, sinceMs: ts };
  if (isKind(record, "tool.asked") && record.data.refused !== true) {
    workOf(view, record.data.subtask).now = { what: oneLine(record.data.tool), sinceMs: ts };
    if (record.data.approval !== undefined) view.waits.delete(record.data.approval);
  }
  if (isKind(record, "model.answered")) {
    const { usage, costUsd = 0, key, text } = record.data;
    view.iterations += 1;
    view.tokens += (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    view.costUsd += costUsd;
    view.answer = textOf(text) || view.answer;
    workOf(view, key.split(".")[0] ?? key).now = undefined;
  }
  if (isKind(record, "tool.finished")) workOf(view, record.data.key.split(".")[0] ?? "").now = undefined;
  if (isKind(record, "approval.asked")) view.waits.add(record.data.approval);
  if (isKind(record, "approval.used")) {
    view.waits.delete(record.data.approval);
    workOf(view, record.data.key.split(".")[0] ?? "").latest = "";
  }
  if (isKind(record, "subtask.finished")) Object.assign(workOf(view, record.data.subtask), { state: record.data.outcome, now: undefined });
  if (isKind(record, "agent.finished")) view.answer = textOf(record.data.answer) || view.answer;
  for (const { line, subtask } of progressOf(record)) if (subtask !== undefined) workOf(view, subtask).latest = line.trim();
}

function workOf(view: RunView, id: string): Work {
  const found = view.subtasks.get(id) ?? { objective: "", state: "to come", latest: "" };
  view.subtasks.set(id, found);
  return found;
}

const marks: Record<string, string> = { ok: "✔", "at work": "▸", "to come": "·", waiting: "✋", skipped: "·" };

/** The view as lines, none wider than the terminal, no more than fit on it. */
export function runViewLines(view: RunView, { nowMs, columns, rows }: { nowMs: number; columns: number; rows: number }): string[] {
  const { tokens, costUsd, iterations, limits } = view;
  const spent = [
    duration(Math.max(0, nowMs - view.startMs)),
    `${left(String(iterations), limits.iterations?.toString())} model calls`,
    `${left(String(tokens), limits.tokens?.toString())} tokens`,
    left(dollars(costUsd), limits.costUsd === undefined ? undefined : dollars(limits.costUsd)),
  ];
  const waits = [...view.waits].slice(0, 4).map((approval) => `✋ waits for you     agentctl approval show ${oneLine(approval)}`);
  const answer = view.answer
    .trimEnd()
    .split("\n")
    .slice(-3)
    .map((line) => `  | ${oneLine(line)}`);
  const head = [view.title, `  ${spent.join("   ")}`];
  const room = Math.max(1, rows - head.length - waits.length - answer.length - 2);
  const work = [...view.subtasks].map(([id, one]) => `${marks[one.state] ?? "✗"} ${oneLine(id).padEnd(8)} ${one.state.padEnd(8)} ${doing(one, nowMs)}`);
  const shown = work.length <= room ? work : [...work.slice(0, room - 1), `… ${work.length - room + 1} more subtasks`];
  return [...head, ...shown, ...waits, ...(view.answer === "" ? [] : answer)]
    .map((line) => clip(line, Math.max(10, columns - 1)))
    .slice(0, Math.max(1, rows - 1));
}

function left(spent: string, most: string | undefined): string {
  return most === undefined ? spent : `${spent} of ${most}`;
}

function doing({ now, latest, objective }: Work, nowMs: number): string {
  if (now !== undefined) return `${now.what} for ${duration(Math.max(0, nowMs - now.sinceMs))}`;
  return latest === "" ? objective : latest;
}

function oneLine(text: string): string {
  return safeText(text.slice(0, 400).replaceAll(/\s+/g, " ").trim(), { oneLine: true });
}
