import { AgentctlError } from "../base/errors.ts";
import type { Ledger } from "./ledger.ts";
import { ownerState, thisProcess, type Owner } from "./owner.ts";

export const schema = `
  CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    command TEXT NOT NULL,
    actor TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL,
    boot TEXT NOT NULL,
    host TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX runs_state ON runs (state);
`;

/** `running`, then how it ended (the outcome of `run.finished`). */
export type RunState = "running" | "ok" | "failed" | "denied" | "waiting" | "budget" | "timeout" | "halted" | "interrupted";

export interface RunRow {
  run: string;
  /** The words typed. */
  command: string;
  actor: string;
  owner: Owner;
  /** RFC 3339 in UTC. */
  started: string;
  finished: string | undefined;
  state: RunState;
}

/** Makes a run known before its journal exists. The owner is this process unless another is named. Errors: ledger/run-exists. */
export function registerRun(ledger: Ledger, run: { run: string; command: string; actor: string; started: string; owner?: Owner }): void {
  const owner = run.owner ?? thisProcess();
  ledger.transaction((db) => {
    const { changes } = db
      .prepare(
        `INSERT INTO runs (run, command, actor, pid, process_start, boot, host, started, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running') ON CONFLICT DO NOTHING`,
      )
      .run(run.run, run.command, run.actor, owner.pid, owner.processStart, owner.boot, owner.host, run.started);
    if (changes === 0) throw new AgentctlError("ledger/run-exists", `the run ${run.run} is already registered`);
  });
}

/** False when it was not running any more. */
export function finishRun(ledger: Ledger, run: string, state: Exclude<RunState, "running">, finished: string): boolean {
  return ledger.transaction((db) => {
    const { changes } = db.prepare("UPDATE runs SET state = ?, finished = ? WHERE run = ? AND state = 'running'").run(state, finished, run);
    return changes === 1;
  });
}

/** Runs in one state, or all, in the order in which they started. */
export function listRuns(ledger: Ledger, state?: RunState): RunRow[] {
  const rows =
    state === undefined
      ? ledger.db.prepare("SELECT * FROM runs ORDER BY started, run").all()
      : ledger.db.prepare("SELECT * FROM runs WHERE state = ? ORDER BY started, run").all(state);
  return rows.map(rowOf);
}

/** Runs that have not ended, by what became of their process. */
export function openRuns(ledger: Ledger): { alive: RunRow[]; dead: RunRow[]; unknown: RunRow[] } {
  const found = { alive: [] as RunRow[], dead: [] as RunRow[], unknown: [] as RunRow[] };
  for (const row of listRuns(ledger, "running")) found[ownerState(row.owner)].push(row);
  return found;
}

/** Makes this process the owner of a run whose owner is dead. False when somebody else was faster. */
export function claimRun(ledger: Ledger, row: RunRow): boolean {
  const owner = thisProcess();
  return ledger.transaction((db) => {
    const { changes } = db
      .prepare(
        `UPDATE runs SET pid = ?, process_start = ?, boot = ?, host = ?
         WHERE run = ? AND state = 'running' AND pid = ? AND process_start = ? AND boot = ? AND host = ?`,
      )
      .run(owner.pid, owner.processStart, owner.boot, owner.host, row.run, row.owner.pid, row.owner.processStart, row.owner.boot, row.owner.host);
    return changes === 1;
  });
}

function rowOf(row: Record<string, unknown>): RunRow {
  return {
    run: String(row["run"]),
    command: String(row["command"]),
    actor: String(row["actor"]),
    owner: {
      pid: Number(row["pid"]),
      processStart: String(row["process_start"]),
      boot: String(row["boot"]),
      host: String(row["host"]),
    },
    started: String(row["started"]),
    finished: row["finished"] === null ? undefined : String(row["finished"]),
    state: String(row["state"]) as RunState,
  };
}
