import { existsSync } from "node:fs";
import type { EventRecord } from "../event/events.ts";
import type { RunStarted } from "../event/run-events.ts";
import { blobPath } from "../trace/blobs.ts";
import { readJournal, requireJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { findWorkspace } from "../workspace/find.ts";
import { timelineEntry, type TimelineEntry } from "./run-timeline.ts";

export interface RunReport {
  run: string;
  /** Absent when the first record is not the start. */
  started?: RunStarted & { at: string };
  /** Absent while it runs, or when it was interrupted. */
  finished?: { at: string; outcome: string; durationMs: number; error?: string; message?: string };
  records: number;
  timeline: TimelineEntry[];
  /** `file` is where the bytes are, when they were kept. */
  artifacts: { path: string; sha256: string; bytes: number; call: string; file?: string }[];
}

/** What happened in a run, verified record by record. Errors: trace/unknown-run, trace/ambiguous-run, trace/damaged. */
export async function showRun(options: { cwd: string; env: NodeJS.ProcessEnv; run: string }): Promise<RunReport> {
  const { stateDir } = findWorkspace(options.cwd, options.env);
  const file = requireJournal(stateDir, options.run);
  const report: RunReport = { run: file.run, records: 0, timeline: [], artifacts: [] };
  let startMs: number | undefined;
  for await (const record of readJournal(file)) {
    startMs ??= Date.parse(record.ts);
    report.records += 1;
    report.timeline.push(timelineEntry(record, Date.parse(record.ts) - startMs));
    gather(report, record, stateDir);
  }
  return report;
}

function gather(report: RunReport, record: EventRecord, stateDir: string): void {
  if (isKind(record, "run.started")) report.started = { ...record.data, at: record.ts };
  if (isKind(record, "run.finished")) report.finished = { ...record.data, at: record.ts };
  if (!isKind(record, "skill.finished")) return;
  for (const { path, sha256, bytes } of record.data.artifacts) {
    const kept = blobPath(stateDir, sha256);
    report.artifacts.push({ path, sha256, bytes, call: record.data.call, ...(existsSync(kept) && { file: kept }) });
  }
}
