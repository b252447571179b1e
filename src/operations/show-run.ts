import { existsSync } from "node:fs";
import { systemClock } from "../base/clock.ts";
import type { EventRecord } from "../event/events.ts";
import type { RunStarted } from "../event/run-events.ts";
import { findApproval } from "../ledger/approval-rows.ts";
import { ownerState } from "../ledger/owner.ts";
import { listRuns } from "../ledger/runs.ts";
import { blobPath } from "../trace/blobs.ts";
import { readJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { findWorkspace } from "../workspace/find.ts";
import { takeRecord, type AgentReport } from "./agent-report.ts";
import { withLedger } from "./audit-state.ts";
import { runParts } from "./run-parts.ts";
import { timelineEntry, type TimelineEntry } from "./run-timeline.ts";

export interface RunReport {
  run: string;
  /** Absent when the first record is not the start. */
  started?: RunStarted & { at: string };
  /** Of the last part. Absent while it runs, or when it was interrupted. */
  finished?: { at: string; outcome: string; durationMs: number; error?: string; message?: string };
  records: number;
  /** Of an agent's run all its parts, one after the other. */
  timeline: TimelineEntry[];
  /** `file` is where the bytes are, when they were kept. */
  artifacts: { path: string; sha256: string; bytes: number; call: string; file?: string }[];
  /** When it is an agent's run. */
  agent?: AgentReport;
  /** Parts whose journals must be there and are not. */
  missing: string[];
}

/**
 * What happened in a run, verified record by record; an agent's run with all its parts, one of its parts when that is asked for.
 * Errors: trace/unknown-run, trace/ambiguous-run, trace/damaged, trace/missing-body.
 */
export async function showRun(options: { cwd: string; env: NodeJS.ProcessEnv; run: string; onRecord?: (record: EventRecord) => void }): Promise<RunReport> {
  const { stateDir } = findWorkspace(options.cwd, options.env);
  const { run, files, missing } = runParts(stateDir, options.run);
  const report: RunReport = { run, records: 0, timeline: [], artifacts: [], missing };
  for (const file of files) {
    let startMs: number | undefined;
    delete report.finished;
    for await (const record of readJournal(file)) {
      startMs ??= Date.parse(record.ts);
      report.records += 1;
      report.timeline.push(timelineEntry(record, Date.parse(record.ts) - startMs));
      gather(report, record, stateDir);
      options.onRecord?.(record);
    }
  }
  const { agent } = report;
  if (agent !== undefined) {
    if (agent.root === run) for (const [index, entry] of report.timeline.entries()) entry.at = (agent.forkOf?.at ?? 0) + index + 1;
    agent.next = nextOf(stateDir, agent, files.at(-1)?.run ?? run);
  }
  return report;
}

function gather(report: RunReport, record: EventRecord, stateDir: string): void {
  if (isKind(record, "run.started")) report.started ??= { ...record.data, at: record.ts };
  if (isKind(record, "run.finished")) report.finished = { ...record.data, at: record.ts };
  const agent = takeRecord(report.agent, record, stateDir);
  if (agent !== undefined) report.agent = agent;
  if (isKind(record, "skill.finished")) addArtifacts(report, record.data.artifacts, record.data.call, stateDir);
  if (isKind(record, "tool.finished")) addArtifacts(report, record.data.artifacts ?? [], record.data.key, stateDir);
}

/** A skill that an agent calls says what it made, and so does the tool that called it. */
function addArtifacts(report: RunReport, made: readonly { path: string; sha256: string; bytes: number }[], call: string, stateDir: string): void {
  for (const { path, sha256, bytes } of made) {
    if (report.artifacts.some((other) => other.path === path && other.sha256 === sha256)) continue;
    const kept = blobPath(stateDir, sha256);
    report.artifacts.push({ path, sha256, bytes, call, ...(existsSync(kept) && { file: kept }) });
  }
}

/** What whoever waits for the run types next. A ledger that cannot be read does not keep the record from being shown. */
function nextOf(stateDir: string, { root, outcome, waitsFor }: AgentReport, lastRun: string): string[] {
  if (outcome === "ok") return [];
  try {
    const known = withLedger(stateDir, (ledger) => ({
      alive: listRuns(ledger, "running").some(({ run, owner }) => run === lastRun && ownerState(owner) !== "dead"),
      open: waitsFor.filter((approval) => findApproval(ledger, approval, systemClock.nowMs())?.state === "open"),
    }));
    if (known?.alive === true) return [`agentctl run watch ${root}`];
    if (known !== undefined) return [...known.open.map((approval) => `agentctl approval show ${approval}`), `agentctl run resume ${root}`];
  } catch {
    // Then it is said as the record has it.
  }
  return [...waitsFor.map((approval) => `agentctl approval show ${approval}`), `agentctl run resume ${root}`];
}
