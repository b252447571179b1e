import { historyOf } from "../src/agent/history.ts";
import { canonicalJson } from "../src/base/canonical-json.ts";
import { isoTime, systemClock } from "../src/base/clock.ts";
import type { EventData, EventKind, EventRecord } from "../src/event/events.ts";
import { runPage } from "../src/operations/run-page.ts";
import { pageTexts } from "../src/operations/run-page-texts.ts";
import { timelineEntry } from "../src/operations/run-timeline.ts";
import { noHash, recordHash } from "../src/trace/record.ts";
import { median, type BenchRow } from "./row.ts";

const steps = 2_000;

/** The page of a run of 10,000 records, from the records to its text, beside the check of their hashes, which every reader of a record pays. */
export async function bench(): Promise<BenchRow[]> {
  const records = agentRecords();
  const page = (): string => {
    const timeline = records.map((record) => timelineEntry(record, record.seq));
    const report = { run: "r-bench", records: records.length, timeline, artifacts: [], missing: [] };
    const texts = pageTexts("/nowhere");
    return runPage({ report, records, history: historyOf(records), approvals: [], heads: [], texts, bytesOf: () => undefined });
  };
  const drawn = seconds(page);
  const checked = seconds(() => records.map((record) => recordHash(record)));
  const name = `page of a run of ${records.length} records`;
  return [
    { name, value: drawn, unit: "s", limit: 2 },
    { name: `${name}, against the check of its hashes`, value: drawn / checked, unit: "×", limit: 6, reference: `${checked.toFixed(2)} s` },
    { name: `${name}, its size`, value: Buffer.byteLength(page()) / 1e6, unit: "MB", limit: 5 },
  ];
}

function seconds(work: () => unknown): number {
  const taken = [1, 2, 3].map(() => {
    const from = systemClock.monotonicMs();
    work();
    return (systemClock.monotonicMs() - from) / 1000;
  });
  return median(taken);
}

function agentRecords(): EventRecord[] {
  const records: EventRecord[] = [];
  const add = <K extends EventKind>(kind: K, data: EventData[K]): void => {
    const record = {
      v: 1,
      run: "r-bench",
      seq: records.length,
      ts: isoTime(1_700_000_000_000 + records.length * 50),
      kind,
      data,
      prev: noHash,
      hash: "",
    } as EventRecord;
    records.push(JSON.parse(canonicalJson(record)) as EventRecord);
  };
  const policy = { commit: "b".repeat(40), digest: "c".repeat(64) };
  for (let step = 0; step < steps; step++) {
    const subtask = `s${step % 12}`;
    const key = `${subtask}.${step}`;
    const messages = [{ role: "user", text: "go on <with> this ".repeat(200) }];
    add("model.asked", { key, subtask, role: "coder", digest: "d", messages, outputTokensMax: 1000 });
    const usage = { inputTokens: 900, outputTokens: 80 };
    add("model.answered", { key, outcome: "ok", text: "a text ".repeat(500), usage, costUsd: 0.01, model: "p/m", attempts: [], durationMs: 700 });
    const request = { action: "tool.call", class: "R", actor: { kind: "agent", name: "quant", level: 2 }, tool: "read_file" };
    add("decision.made", { id: `d-${step}`, effect: "allow", rules: ["a/b"], reason: "it may", policy, request });
    add("tool.asked", { key: `${key}.1`, subtask, tool: "read_file", class: "R", args: { path: "data/x.csv" }, decisions: [`d-${step}`] });
    add("tool.finished", { key: `${key}.1`, tool: "read_file", outcome: "ok", text: "what it read ".repeat(300), durationMs: 20 });
  }
  return records;
}
