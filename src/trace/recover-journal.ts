import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { RunFinished } from "../event/run-events.ts";
import { checkChain, type Fault, type KnownHead } from "./chain.ts";
import { diskError, makeFolder, writeWhole } from "./disk.ts";
import { openJournal, type Heads } from "./journal.ts";
import type { Mask } from "./mask.ts";
import { findJournal, places } from "./places.ts";
import { isKind } from "./record.ts";

export interface Recovery {
  run: string;
  /** How the run ended; `interrupted` is what recovery has just recorded, or what is true of a run without any record. */
  outcome: RunFinished["outcome"];
  /** An unfinished record that was moved to the quarantine. */
  cutBytes: number;
  /** Then nothing was changed: it is evidence. */
  faults: Omit<Fault, "file">[];
}

/**
 * Ends the journal of a run whose process is gone: an unfinished last record, which nobody was told was written, goes to the
 * quarantine, and `run.finished` with the outcome `interrupted` is appended. A journal with faults is left as it is.
 * The caller makes sure that the process is gone and that nobody else recovers the same run.
 */
export async function recoverJournal(options: {
  stateDir: string;
  run: string;
  head: KnownHead | undefined;
  heads: Heads;
  mask: Mask;
  clock: Clock;
}): Promise<Recovery> {
  const { stateDir, run, head, heads, mask, clock } = options;
  const file = findJournal(stateDir, run);
  if (file === undefined || file.closed) return { run, outcome: "interrupted", cutBytes: 0, faults: [] };
  let startedMs = Number.NaN;
  const chain = await checkChain(file, head, (record) => {
    if (record.seq === 0) startedMs = Date.parse(record.ts);
  });
  if (chain.faults.length > 0) return { run, outcome: "interrupted", cutBytes: 0, faults: chain.faults };
  if (chain.tornBytes > 0) cut(stateDir, file.path, chain.good.bytes);
  const { last, good, tornBytes } = chain;
  if (last !== undefined && isKind(last, "run.finished")) {
    heads.move({ run, ...good }, true);
    return { run, outcome: last.data.outcome, cutBytes: tornBytes, faults: [] };
  }
  const journal = openJournal({ stateDir, run, heads, mask, clock, after: good });
  try {
    const durationMs = last === undefined ? 0 : Math.max(0, Date.parse(last.ts) - startedMs);
    await journal.append("run.finished", { outcome: "interrupted", durationMs });
  } finally {
    journal.close();
  }
  return { run, outcome: "interrupted", cutBytes: tornBytes, faults: [] };
}

/** What is cut is kept: first it is on disk in the quarantine, then the journal is shortened. */
function cut(stateDir: string, path: string, length: number): void {
  try {
    const tail = readFileSync(path).subarray(length);
    makeFolder(places.quarantine(stateDir));
    writeWhole(join(places.quarantine(stateDir), `${basename(path)}.${length}`), tail);
    const handle = openSync(path, "r+");
    try {
      ftruncateSync(handle, length);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw diskError(path, cause);
  }
}
