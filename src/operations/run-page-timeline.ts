import type { EventRecord } from "../event/events.ts";
import { remark } from "../page/detail.ts";
import type { Section } from "../page/page.ts";
import { spanChart, type Span, type SpanLane } from "../page/span-chart.ts";
import { isKind } from "../trace/record.ts";
import type { RunPageFacts } from "./run-page-facts.ts";
import { counted, duration } from "./timeline-words.ts";

/** More lanes are no picture. */
const lanesMax = 24;

/** The run as a picture: a lane a subtask (or skill, or backtest), what worked when, and how long people were waited for. */
export function timelineSection({ records, texts }: RunPageFacts): Section | undefined {
  const { workedMs, pauses, lengthMs } = timeAtWork(records);
  const lanes = lanesOf(records, workedMs, (text) => texts.line(text, 60));
  if (lanes.length === 0) return undefined;
  const shown = lanes.slice(0, lanesMax);
  const about = `${counted(shown.length, "lane")} over ${duration(lengthMs)}: ${shown.map(({ name, spans }) => `${name} ${counted(spans.length, "step")}`).join(", ")}`;
  return {
    title: "What happened when",
    about: `Time at work, ${duration(lengthMs)} of it. Tall boxes are answers of models, low ones calls of tools; an outline is one that failed or was refused.`,
    parts: [
      spanChart({ title: "Timeline", about, lanes: shown, pauses, lengthMs, format: duration }),
      ...(lanes.length > lanesMax ? [remark(`${lanes.length - lanesMax} more subtasks are not drawn; the tables below have them.`)] : []),
    ],
  };
}

/** Places on a scale of time at work: the parts of a run follow each other, and what lay between is a pause. */
function timeAtWork(records: readonly EventRecord[]): {
  workedMs: (record: EventRecord) => number;
  pauses: { atMs: number; label: string }[];
  lengthMs: number;
} {
  const offsets = new Map<string, number>();
  const pauses: { atMs: number; label: string }[] = [];
  let lengthMs = 0;
  let run = "";
  let last = 0;
  for (const record of records) {
    const ts = Date.parse(record.ts);
    if (record.run !== run) {
      if (run !== "") pauses.push({ atMs: lengthMs, label: `nothing was done for ${duration(Math.max(0, ts - last))}` });
      run = record.run;
      offsets.set(run, ts - lengthMs);
    }
    last = ts;
    lengthMs = Math.max(lengthMs, ts - (offsets.get(run) ?? ts));
  }
  return { workedMs: (record) => Math.max(0, Date.parse(record.ts) - (offsets.get(record.run) ?? 0)), pauses, lengthMs };
}

function lanesOf(records: readonly EventRecord[], workedMs: (record: EventRecord) => number, line: (text: unknown) => string): SpanLane[] {
  const lanes = new Map<string, Span[]>();
  const begun = new Map<string, number>();
  const add = (name: string, begin: string | undefined, record: EventRecord, kind: Span["kind"], title: string): void => {
    const toMs = workedMs(record);
    const fromMs = Math.min(toMs, (begin === undefined ? undefined : begun.get(begin)) ?? toMs);
    const spans = lanes.get(name) ?? [];
    spans.push({ fromMs, toMs, kind, title: `${title}\n${duration(toMs - fromMs)}` });
    lanes.set(name, spans);
  };
  for (const record of records) {
    if (isKind(record, "model.asked")) begun.set(`m ${record.data.key}`, workedMs(record));
    if (isKind(record, "tool.asked")) begun.set(`t ${record.data.key}`, workedMs(record));
    if (isKind(record, "skill.started")) begun.set(`s ${record.data.call}`, workedMs(record));
    if (isKind(record, "backtest.started")) begun.set(`b ${record.data.backtest}`, workedMs(record));
    if (isKind(record, "experiment.started")) begun.set(`e ${record.data.experiment}`, workedMs(record));
    if (isKind(record, "model.answered")) {
      const { key, outcome, model } = record.data;
      add(laneOf(key), `m ${key}`, record, outcome === "ok" ? "model" : "failed", `${key}  ${line(model)}  ${outcome}`);
    }
    if (isKind(record, "tool.finished")) {
      const { key, tool, outcome } = record.data;
      add(laneOf(key), `t ${key}`, record, outcome === "ok" ? "tool" : "failed", `${key}  ${line(tool)}  ${outcome}`);
    }
    if (isKind(record, "skill.finished")) add(...codeSpan(line(record.data.skill), `s ${record.data.call}`, record, record.data.outcome));
    if (isKind(record, "backtest.finished")) add(...codeSpan(record.data.backtest, `b ${record.data.backtest}`, record, record.data.outcome));
    if (isKind(record, "experiment.finished")) add(...codeSpan(record.data.experiment, `e ${record.data.experiment}`, record, record.data.outcome));
  }
  return [...lanes].map(([name, spans]) => ({ name: line(name), spans }));
}

function codeSpan(name: string, begin: string, record: EventRecord, outcome: string): [string, string, EventRecord, Span["kind"], string] {
  return [name, begin, record, outcome === "ok" ? "code" : "failed", `${name}  ${outcome}`];
}

/** `s1.2.1` is a call of the subtask `s1`. */
function laneOf(key: string): string {
  return key.split(".")[0] ?? key;
}
