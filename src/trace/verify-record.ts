import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { blobPath, blobReferences } from "./blobs.ts";
import { checkChain, type Fault, type KnownHead } from "./chain.ts";
import type { Anchor } from "./checkpoint.ts";
import { emptyJournal, isRunName, listJournals, namesIn, places, type JournalFile } from "./places.ts";

export interface VerifyOptions {
  stateDir: string;
  /** Read before the journals: a living run may be ahead of its head, never behind. Undefined when the ledger cannot be read. */
  heads: readonly (KnownHead & { run: string })[] | undefined;
  /** Runs that the ledger knows, with or without a record yet. */
  registered: ReadonlySet<string>;
  /** Heads that a checkpoint names. */
  anchored?: readonly Anchor[];
  /** Only these runs; all when absent. */
  runs?: ReadonlySet<string>;
}

export interface VerifyReport {
  runs: number;
  records: number;
  blobs: number;
  faults: Fault[];
  /** What a crash may leave behind; no faults. */
  notes: { file: string; message: string }[];
}

/** Reads everything there is of the record and names each fault with file and record. */
export async function verifyRecord(options: VerifyOptions): Promise<VerifyReport> {
  const { stateDir, runs } = options;
  const report: VerifyReport = { runs: 0, records: 0, blobs: 0, faults: [], notes: [] };
  const files = listJournals(stateDir).filter(({ run }) => runs?.has(run) ?? true);
  const referenced = new Set<string>();
  const known: Known = {
    heads: options.heads && new Map(options.heads.map((head) => [head.run, head])),
    anchors: Map.groupBy(options.anchored ?? [], ({ run }) => run),
  };
  for (const file of files) await verifyFile(file, options, known, report, referenced);

  const present = new Set(files.map(({ run }) => run));
  report.runs = present.size;
  nameMissing(options, present, report);
  if (runs === undefined) nameStrangers(stateDir, report, referenced);
  for (const digest of [...referenced].toSorted()) {
    if (!existsSync(blobPath(stateDir, digest))) continue;
    report.blobs += 1;
    if ((await digestOf(blobPath(stateDir, digest))) === digest) continue;
    report.faults.push({ kind: "tampered-blob", file: `blobs/${digest}`, message: "its content does not fit its name" });
  }
  return report;
}

/** What is known of a run elsewhere, by run. */
interface Known {
  heads: ReadonlyMap<string, KnownHead> | undefined;
  anchors: ReadonlyMap<string, readonly Anchor[]>;
}

async function verifyFile(file: JournalFile, options: VerifyOptions, known: Known, report: VerifyReport, referenced: Set<string>): Promise<void> {
  const { stateDir, registered } = options;
  const name = relative(stateDir, file.path);
  const head = known.heads?.get(file.run);
  const chain = await checkChain(file, head, (record, line) => {
    const { seq } = record;
    for (const digest of new Set(blobReferences(record))) {
      if (/^[0-9a-f]{64}$/.test(digest) && existsSync(blobPath(stateDir, digest))) referenced.add(digest);
      else report.faults.push({ kind: "missing-blob", file: name, line, seq, message: `blobs/${digest}, which record ${seq} refers to, is missing` });
    }
  });
  report.records += chain.records;
  report.faults.push(...chain.faults.map((fault) => ({ ...fault, file: name })));
  report.notes.push(...chain.notes.map((message) => ({ file: name, message })));
  if (known.heads !== undefined && head === undefined && !registered.has(file.run)) {
    report.faults.push({ kind: "unknown-file", file: name, message: `the ledger knows no run ${file.run}` });
  }
  for (const { seq, hash } of known.anchors.get(file.run) ?? []) {
    if (chain.hashes.get(seq) === hash) continue;
    report.faults.push({ kind: "checkpoint", file: name, seq, message: `record ${seq} is not the one that the checkpoint names` });
  }
}

/** Runs that must have a journal and have none. */
function nameMissing({ heads = [], anchored = [], registered, runs }: VerifyOptions, present: ReadonlySet<string>, report: VerifyReport): void {
  const acknowledged = new Map([...heads, ...anchored].map(({ run, seq }) => [run, seq]));
  for (const [run, seq] of acknowledged) {
    if (present.has(run) || runs?.has(run) === false) continue;
    report.faults.push({ kind: "missing-file", file: `journal/${run}.jsonl`, seq: 0, message: `the journal is missing; it had records 0 to ${seq}` });
  }
  for (const run of registered) {
    if (present.has(run) || acknowledged.has(run) || runs?.has(run) === false) continue;
    report.notes.push({ file: `journal/${run}.jsonl`, message: "the run ended before its first record" });
  }
}

/** Files that nothing of ours put there, and bodies that no record refers to. */
function nameStrangers(stateDir: string, report: VerifyReport, referenced: Set<string>): void {
  const unknown = (file: string): unknown => report.faults.push({ kind: "unknown-file", file, message: "it is no part of the record" });
  const unfinished = (file: string): unknown => report.notes.push({ file, message: "left half written by a crash; it may be removed" });
  const sort = (folder: string, known: (name: string) => boolean): void => {
    for (const name of namesIn(join(stateDir, folder))) {
      if (known(name)) continue;
      (/^\..+\.t-[0-9a-z]+$/.test(name) ? unfinished : unknown)(`${folder}/${name}`);
    }
  };
  sort("journal", (name) => name === emptyJournal || name === "closed" || (name.endsWith(".jsonl") && isRunName(name.slice(0, -".jsonl".length))));
  for (const month of namesIn(places.closed(stateDir))) {
    sort(`journal/closed/${month}`, (name) => name.endsWith(".jsonl.gz") && isRunName(name.slice(0, -".jsonl.gz".length)));
  }
  sort("blobs", (name) => /^[0-9a-f]{64}$/.test(name) && referenced.add(name) !== undefined);
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
