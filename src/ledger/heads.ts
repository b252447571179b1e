import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Ledger } from "./ledger.ts";

export const schema = `
  CREATE TABLE heads (
    run TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** The last acknowledged record of a run's journal. */
export interface Head {
  run: string;
  seq: number;
  hash: string;
  /** Length of the journal up to and with that record. */
  bytes: number;
}

/** Moves heads forward. `durable` heads are on disk when `move` returns; others survive a killed process, not a power cut. */
export interface HeadWriter {
  move(head: Head, durable: boolean): void;
}

const upsert = `INSERT INTO heads (run, seq, hash, bytes) VALUES (?, ?, ?, ?)
  ON CONFLICT (run) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, bytes = excluded.bytes WHERE excluded.seq > heads.seq`;

/** The writer of the heads; statements are prepared once a connection. */
export function openHeads(ledger: Ledger): HeadWriter {
  const prepared = new WeakMap<DatabaseSync, StatementSync>();
  const write = (db: DatabaseSync, head: Head): void => {
    let statement = prepared.get(db);
    if (statement === undefined) prepared.set(db, (statement = db.prepare(upsert)));
    statement.run(head.run, head.seq, head.hash, head.bytes);
  };
  return {
    move(head, durable) {
      if (durable) ledger.transaction((db) => write(db, head));
      else ledger.quick((db) => write(db, head));
    },
  };
}

/** Every head, by run. */
export function listHeads(ledger: Ledger): Head[] {
  return ledger.db.prepare("SELECT run, seq, hash, bytes FROM heads ORDER BY run").all().map(headOf);
}

/** The head of one run; undefined before its first record. */
export function findHead(ledger: Ledger, run: string): Head | undefined {
  const row = ledger.db.prepare("SELECT run, seq, hash, bytes FROM heads WHERE run = ?").get(run);
  return row === undefined ? undefined : headOf(row);
}

function headOf(row: Record<string, unknown>): Head {
  return { run: String(row["run"]), seq: Number(row["seq"]), hash: String(row["hash"]), bytes: Number(row["bytes"]) };
}
