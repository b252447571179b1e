import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AgentctlError } from "../base/errors.ts";
import { ledgerError } from "./ledger-error.ts";
import { steps } from "./steps.ts";

/** The few facts that several processes must agree on. Every change of more than one row goes through `transaction`. */
export interface Ledger {
  readonly path: string;
  /** For single statements and reads. */
  readonly db: DatabaseSync;
  /**
   * Runs `work` under the write lock (BEGIN IMMEDIATE); what it throws rolls back. On disk (fsync) when this returns.
   * Inside another transaction it joins that one. `work` must not be async.
   */
  transaction<T>(work: (db: DatabaseSync) => T): T;
  /** For one statement that the operating system may bring to the disk when it likes: survives a killed process, not a power cut. */
  quick<T>(work: (db: DatabaseSync) => T): T;
  close(): void;
}

export interface LedgerOptions {
  /** How long to wait for another process's transaction. */
  busyTimeoutMs?: number;
}

/**
 * Opens `<stateDir>/ledger.db`, makes it when absent (mode 0600 in a folder of mode 0700) and brings its tables up to date.
 * Errors: ledger/unreadable, ledger/newer, ledger/busy, ledger/disk-full.
 */
export function openLedger(stateDir: string, options: LedgerOptions = {}): Ledger {
  const path = join(stateDir, "ledger.db");
  const busyTimeoutMs = options.busyTimeoutMs ?? 10_000;
  return guarded(path, () => {
    makePrivate(path);
    const db = connect(path, busyTimeoutMs);
    try {
      migrate(db, path);
    } catch (cause) {
      db.close();
      throw cause;
    }
    return ledgerOver(path, db, busyTimeoutMs);
  });
}

function ledgerOver(path: string, db: DatabaseSync, busyTimeoutMs: number): Ledger {
  let quick: DatabaseSync | undefined;
  const openQuick = (): DatabaseSync => {
    const connection = connect(path, busyTimeoutMs);
    // A connection that does not fsync must never move pages from the log into the database: a power cut in between would damage it.
    connection.exec("PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=0");
    return connection;
  };
  return {
    path,
    db,
    transaction: (work) => guarded(path, () => immediate(db, work)),
    // Inside a transaction of this ledger a second connection would wait for the first one for ever.
    quick: (work) => guarded(path, () => work(db.isTransaction ? db : (quick ??= openQuick()))),
    close: () => {
      // The last connection to close checkpoints, so it has to be the one that fsyncs.
      quick?.close();
      quick = undefined;
      if (db.isOpen) db.close();
    },
  };
}

function immediate<T>(db: DatabaseSync, work: (db: DatabaseSync) => T): T {
  if (db.isTransaction) return work(db);
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work(db);
    db.exec("COMMIT");
    return result;
  } catch (cause) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw cause;
  }
}

function connect(path: string, busyTimeoutMs: number): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const version = (): number => Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
  const refuseNewer = (): void => {
    if (version() > steps.length) {
      throw new AgentctlError("ledger/newer", `${path} has version ${version()}; this agentctl knows versions up to ${steps.length}`, {
        hint: "use the newer agentctl that wrote it",
      });
    }
  };
  refuseNewer();
  if (version() === steps.length) return;
  immediate(db, () => {
    refuseNewer();
    for (const step of steps.slice(version())) db.exec(step.sql);
    db.exec(`PRAGMA user_version=${steps.length}`);
  });
}

/** SQLite gives its log files the mode of the database, so the database is made first, by us. */
function makePrivate(path: string): void {
  const folder = dirname(path);
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700);
  closeSync(openSync(path, "a", 0o600));
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw ledgerError(path, cause);
  }
}
