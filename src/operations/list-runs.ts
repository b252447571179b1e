import { listRuns as runsOf, type RunRow } from "../ledger/runs.ts";
import { ownerState } from "../ledger/owner.ts";
import { listJournals, type JournalFile } from "../trace/places.ts";
import { readJournal } from "../trace/read-journal.ts";
import { isKind } from "../trace/record.ts";
import { findWorkspace } from "../workspace/find.ts";
import { withLedger } from "./audit-state.ts";

export interface RunSummary {
  run: string;
  started: string;
  /** How it ended; `running`; or `interrupted` when its process is gone. */
  outcome: string;
  command: string;
  actor: string;
  durationMs: number | undefined;
}

/**
 * Runs, the newest first. The ledger's rows are enough for most of them; journals are read only of runs that the ledger does not know
 * or that never said how they ended.
 */
export async function listRuns(options: { cwd: string; env: NodeJS.ProcessEnv; limit: number; outcome?: string | undefined }): Promise<RunSummary[]> {
  const { stateDir } = findWorkspace(options.cwd, options.env);
  const rows = withLedger(stateDir, (ledger) => runsOf(ledger)) ?? [];
  const known = new Set(rows.map(({ run }) => run));
  const files = new Map(listJournals(stateDir).map((file) => [file.run, file]));
  const strangers = [...files.values()].filter(({ run }) => !known.has(run));
  const all = [...(await Promise.all(rows.map((row) => ofRow(row, files.get(row.run))))), ...(await Promise.all(strangers.map(ofJournal)))];
  return all
    .filter(({ outcome }) => options.outcome === undefined || outcome === options.outcome)
    .toSorted((a, b) => (a.started === b.started ? (a.run < b.run ? 1 : -1) : a.started < b.started ? 1 : -1))
    .slice(0, options.limit);
}

async function ofRow(row: RunRow, file: JournalFile | undefined): Promise<RunSummary> {
  const { run, command, actor, started, finished } = row;
  if (row.state === "running" && ownerState(row.owner) === "dead") {
    const outcome = file === undefined ? "interrupted" : (await ofJournal(file)).outcome;
    return { run, started, outcome, command, actor, durationMs: undefined };
  }
  const durationMs = finished === undefined ? undefined : Math.max(0, Date.parse(finished) - Date.parse(started));
  return { run, started, outcome: row.state, command, actor, durationMs };
}

/** What a journal says by itself; one that cannot be read to its end counts as damaged. */
async function ofJournal(file: JournalFile): Promise<RunSummary> {
  const summary: RunSummary = { run: file.run, started: "", outcome: "interrupted", command: "", actor: "", durationMs: undefined };
  try {
    for await (const record of readJournal(file)) {
      if (isKind(record, "run.started")) Object.assign(summary, { started: record.ts, command: record.data.command, actor: record.data.actor.name });
      if (isKind(record, "run.finished")) Object.assign(summary, { outcome: record.data.outcome, durationMs: record.data.durationMs });
    }
  } catch {
    summary.outcome = "damaged";
  }
  return summary;
}
