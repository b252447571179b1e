import type { SQLInputValue } from "node:sqlite";
import type { Finding } from "../base/finding.ts";
import type { MemoryEntry, MemoryKind } from "../memory/entry.ts";
import { titleKey } from "../memory/entry.ts";
import type { Passage } from "../memory/passages.ts";
import type { MemoryIndex } from "./memory-index.ts";

/** A file of the commit as it was read: an entry, or what is wrong with it. */
export interface IndexedFile {
  path: string;
  /** Git's name of its content. */
  oid: string;
  entry?: MemoryEntry | undefined;
  passages: readonly Passage[];
  findings: readonly Finding[];
}

export interface IndexCounts {
  /** That it was built from; undefined while it was never built. */
  commit: string | undefined;
  entries: number;
  /** Files that do not count. */
  broken: number;
  passages: number;
}

/** What the index holds: path to git's name of the content. */
export function indexedFiles({ db }: MemoryIndex): Map<string, string> {
  const rows = db.prepare("SELECT path, oid FROM files").all();
  return new Map(rows.map((row) => [String(row["path"]), String(row["oid"])]));
}

/**
 * Brings the index to a commit in one transaction: `wanted` are its files, `read` those of which the content was read. Answers the paths that it still has to
 * be given, since another process changed the index meanwhile; then nothing was changed.
 */
export function putCommit(index: MemoryIndex, commit: string, wanted: ReadonlyMap<string, string>, read: ReadonlyMap<string, IndexedFile>): string[] {
  return index.transaction((db) => {
    const held = indexedFiles(index);
    const coming = [...wanted].filter(([path, oid]) => held.get(path) !== oid).map(([path]) => path);
    const missing = coming.filter((path) => read.get(path)?.oid !== wanted.get(path));
    if (missing.length > 0) return missing;
    const going = [...held].filter(([path, oid]) => wanted.get(path) !== oid).map(([path]) => path);
    for (const path of going) remove(index, path);
    for (const path of coming) add(index, read.get(path));
    const put = db.prepare("INSERT INTO about (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    put.run("commit", commit);
    if (going.length + coming.length > 0) put.run("changes", String(changesOf(index) + 1));
    return [];
  });
}

/** Forgets all entries, not the vectors that were paid for. */
export function clearEntries(index: MemoryIndex): void {
  index.transaction((db) => db.exec("DELETE FROM files; DELETE FROM entries; DELETE FROM passages; DELETE FROM words; DELETE FROM about WHERE key = 'commit'"));
}

/** The commit that it stands at. */
export function commitOf({ db }: MemoryIndex): string | undefined {
  const row = db.prepare("SELECT value FROM about WHERE key = 'commit'").get();
  return row === undefined ? undefined : String(row["value"]);
}

/** Rises with every change of entries or vectors. */
export function changesOf({ db }: MemoryIndex): number {
  return Number(db.prepare("SELECT value FROM about WHERE key = 'changes'").get()?.["value"] ?? 0);
}

export function countsOf(index: MemoryIndex): IndexCounts {
  const count = (sql: string): number => Number(index.db.prepare(sql).get()?.["n"]);
  return {
    commit: commitOf(index),
    entries: count("SELECT count(*) n FROM entries"),
    broken: count("SELECT count(*) n FROM files WHERE entry IS NULL"),
    passages: count("SELECT count(DISTINCT digest) n FROM passages"),
  };
}

/** What is wrong with the files that do not count, by path. */
export function brokenFiles({ db }: MemoryIndex): Finding[] {
  const rows = db.prepare("SELECT findings FROM files WHERE entry IS NULL ORDER BY path").all();
  return rows.flatMap((row) => JSON.parse(String(row["findings"])) as Finding[]);
}

/** Entries whose words match, best first; `expression` is one of `matchExpression`. */
export function matchWords({ db }: MemoryIndex, expression: string, kind: MemoryKind | undefined, limit: number): number[] {
  const rows = db
    .prepare(
      `SELECT words.rowid AS number FROM words ${kind === undefined ? "" : "JOIN entries ON entries.number = words.rowid AND entries.kind = ?2"}
       WHERE words MATCH ?1 ORDER BY bm25(words, 6, 4, 1), words.rowid LIMIT ${Math.trunc(limit)}`,
    )
    .all(expression, ...(kind === undefined ? [] : [kind]));
  return rows.map((row) => Number(row["number"]));
}

/** Entries by number, in the order asked; those that are gone are left out. */
export function entriesByNumber({ db }: MemoryIndex, numbers: readonly number[]): { number: number; entry: MemoryEntry }[] {
  const find = db.prepare("SELECT entry FROM entries WHERE number = ?");
  return numbers.flatMap((number) => {
    const row = find.get(number);
    return row === undefined ? [] : [{ number, entry: JSON.parse(String(row["entry"])) as MemoryEntry }];
  });
}

/** All of a kind, or all; the newest first. */
export function listEntries({ db }: MemoryIndex, kind: MemoryKind | undefined): MemoryEntry[] {
  const rows = db
    .prepare(`SELECT entry FROM entries ${kind === undefined ? "" : "WHERE kind = ?"} ORDER BY date DESC, id`)
    .all(...(kind === undefined ? [] : [kind]));
  return rows.map((row) => JSON.parse(String(row["entry"])) as MemoryEntry);
}

/** Paths of the entries that do not come from what an untrusted skill made. */
export function trustedPaths({ db }: MemoryIndex): Set<string> {
  const rows = db.prepare("SELECT path FROM files JOIN entries ON entries.number = files.entry WHERE json_extract(entries.entry, '$.untrusted') = 0").all();
  return new Set(rows.map((row) => String(row["path"])));
}

export function entryById({ db }: MemoryIndex, id: string): MemoryEntry | undefined {
  const row = db.prepare("SELECT entry FROM entries WHERE id = ?").get(id);
  return row === undefined ? undefined : (JSON.parse(String(row["entry"])) as MemoryEntry);
}

/** Entries that a reader takes for one with this title. */
export function entriesTitled({ db }: MemoryIndex, title: string): MemoryEntry[] {
  const rows = db.prepare("SELECT entry FROM entries WHERE title_key = ? ORDER BY id").all(titleKey(title));
  return rows.map((row) => JSON.parse(String(row["entry"])) as MemoryEntry);
}

export function idsOf({ db }: MemoryIndex): string[] {
  return db
    .prepare("SELECT id FROM entries ORDER BY id")
    .all()
    .map((row) => String(row["id"]));
}

function add({ db }: MemoryIndex, file: IndexedFile | undefined): void {
  if (file === undefined) return;
  const { path, oid, entry, passages, findings } = file;
  let number: SQLInputValue = null;
  if (entry !== undefined) {
    const { lastInsertRowid } = db
      .prepare("INSERT INTO entries (id, kind, title_key, date, entry) VALUES (?, ?, ?, ?, ?)")
      .run(entry.id, entry.kind, titleKey(entry.title), entry.date, JSON.stringify(entry));
    number = lastInsertRowid;
    db.prepare("INSERT INTO words (rowid, title, tags, body) VALUES (?, ?, ?, ?)").run(number, entry.title, entry.tags.join(" "), entry.body);
    const put = db.prepare("INSERT INTO passages (entry, place, digest, text) VALUES (?, ?, ?, ?)");
    passages.forEach(({ digest, text }, place) => put.run(number, place, digest, text));
  }
  db.prepare("INSERT INTO files (path, oid, entry, findings) VALUES (?, ?, ?, ?)").run(path, oid, number, JSON.stringify(findings));
}

function remove({ db }: MemoryIndex, path: string): void {
  const number = db.prepare("SELECT entry FROM files WHERE path = ?").get(path)?.["entry"] ?? null;
  if (number !== null) {
    db.prepare("DELETE FROM words WHERE rowid = ?").run(number);
    db.prepare("DELETE FROM passages WHERE entry = ?").run(number);
    db.prepare("DELETE FROM entries WHERE number = ?").run(number);
  }
  db.prepare("DELETE FROM files WHERE path = ?").run(path);
}
