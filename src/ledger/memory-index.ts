import { chmodSync, closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AgentctlError } from "../base/errors.ts";
import { ledgerError } from "./ledger-error.ts";

/** The version of the tables and of what is kept of an entry. Another one is made anew from the files; only paid vectors would be missed. */
const form = 1;

const schema = `
  CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE files (path TEXT PRIMARY KEY, oid TEXT NOT NULL, entry INTEGER, findings TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title_key TEXT NOT NULL,
    date TEXT NOT NULL,
    entry TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_title ON entries (title_key);
  CREATE TABLE passages (entry INTEGER NOT NULL, place INTEGER NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (entry, place)) STRICT, WITHOUT ROWID;
  CREATE TABLE vectors (model TEXT NOT NULL, digest TEXT NOT NULL, vector BLOB NOT NULL, UNIQUE (model, digest)) STRICT;
  CREATE VIRTUAL TABLE words USING fts5 (title, tags, body, content='', contentless_delete=1, tokenize='porter unicode61 remove_diacritics 2');
  PRAGMA user_version=${form};
`;

/** Where entries are looked for: `memory.db` beside the ledger. Nothing in it is evidence, and all of it can be made again. */
export interface MemoryIndex {
  readonly path: string;
  readonly db: DatabaseSync;
  /** As that of the ledger, but a power cut may lose it. */
  transaction<T>(work: (db: DatabaseSync) => T): T;
  /** Reads that see one state, whatever other processes write meanwhile. */
  snapshot<T>(read: () => T): T;
  close(): void;
}

/** Opens it, made anew when it is absent, damaged or of another version. Errors: ledger/busy, ledger/disk-full, ledger/unreadable. */
export function openMemoryIndex(stateDir: string, busyTimeoutMs = 30_000): MemoryIndex {
  const path = join(stateDir, "memory.db");
  try {
    return opened(path, busyTimeoutMs);
  } catch (cause) {
    const said = ledgerError(path, cause);
    if (!(said instanceof AgentctlError) || said.code !== "ledger/unreadable") throw said;
    for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
    try {
      return opened(path, busyTimeoutMs);
    } catch (again) {
      throw ledgerError(path, again);
    }
  }
}

function opened(path: string, busyTimeoutMs: number): MemoryIndex {
  makePrivate(path);
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000");
    if (versionOf(db) !== form) within(db, "BEGIN IMMEDIATE", () => makeAnew(db));
  } catch (cause) {
    db.close();
    throw cause;
  }
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw ledgerError(path, cause);
    }
  };
  return {
    path,
    db,
    transaction: (work) => guarded(() => within(db, "BEGIN IMMEDIATE", () => work(db))),
    snapshot: (read) => guarded(() => within(db, "BEGIN", read)),
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

/** Another process may have done it meanwhile. */
function makeAnew(db: DatabaseSync): void {
  if (versionOf(db) === form) return;
  for (const name of ["about", "files", "entries", "passages", "vectors", "words"]) db.exec(`DROP TABLE IF EXISTS ${name}`);
  db.exec(schema);
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
}

function within<T>(db: DatabaseSync, begin: "BEGIN" | "BEGIN IMMEDIATE", work: () => T): T {
  if (db.isTransaction) return work();
  db.exec(begin);
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (cause) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw cause;
  }
}

function makePrivate(path: string): void {
  const folder = join(path, "..");
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700);
  closeSync(openSync(path, "a", 0o600));
}
