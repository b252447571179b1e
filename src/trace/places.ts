import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";

/** Where the record lies in a state directory. */
export const places = {
  journals: (stateDir: string) => join(stateDir, "journal"),
  /** Journals of ended runs, compressed, one folder a month; their rows are in the lake. */
  closed: (stateDir: string) => join(stateDir, "journal", "closed"),
  /** What a crash left half written. */
  quarantine: (stateDir: string) => join(stateDir, "quarantine"),
  blobs: (stateDir: string) => join(stateDir, "blobs"),
  events: (stateDir: string) => join(stateDir, "lake", "events"),
  /** One folder a data set: its bars, and former ones in old/. */
  bars: (stateDir: string) => join(stateDir, "lake", "bars"),
  /** Orders, trades, equity: one folder each, one file a backtest. */
  results: (stateDir: string) => join(stateDir, "lake", "backtests"),
  maskKey: (stateDir: string) => join(stateDir, "mask.key"),
};

/** A file without rows in each globbed folder: a view over a glob without files does not bind. */
export const emptyJournal = "_empty.jsonl";

const runName = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Whether a name may be that of a journal: nothing that could lead out of its folder. */
export function isRunName(name: string): boolean {
  return runName.test(name);
}

/** Path of an open journal. Errors: trace/bad-run-name. */
export function journalPath(stateDir: string, run: string): string {
  if (!isRunName(run)) throw new AgentctlError("trace/bad-run-name", `"${run}" is not a run: lower-case letters, digits and hyphens only`, { exit: "usage" });
  return join(places.journals(stateDir), `${run}.jsonl`);
}

export interface JournalFile {
  run: string;
  path: string;
  /** Compressed by gzip. */
  closed: boolean;
}

/** Every journal of a state directory, by run; a run that is open and closed at once (a crash while it was closed) is listed twice. */
export function listJournals(stateDir: string): JournalFile[] {
  const open = namesIn(places.journals(stateDir)).flatMap((name): JournalFile[] => {
    const run = name.endsWith(".jsonl") ? name.slice(0, -".jsonl".length) : "";
    return isRunName(run) ? [{ run, path: join(places.journals(stateDir), name), closed: false }] : [];
  });
  const closed = namesIn(places.closed(stateDir)).flatMap((month) =>
    namesIn(join(places.closed(stateDir), month)).flatMap((name): JournalFile[] => {
      const run = name.endsWith(".jsonl.gz") ? name.slice(0, -".jsonl.gz".length) : "";
      return isRunName(run) ? [{ run, path: join(places.closed(stateDir), month, name), closed: true }] : [];
    }),
  );
  return [...open, ...closed].toSorted((a, b) => (a.run < b.run ? -1 : a.run > b.run ? 1 : Number(a.closed) - Number(b.closed)));
}

/** The journal of one run, open or closed. */
export function findJournal(stateDir: string, run: string): JournalFile | undefined {
  const path = journalPath(stateDir, run);
  return existsSync(path) ? { run, path, closed: false } : listJournals(stateDir).find((file) => file.run === run);
}

/** Names in a folder, sorted; none when there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
