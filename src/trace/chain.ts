import type { EventRecord } from "../event/events.ts";
import { journalLines } from "./lines.ts";
import type { JournalFile } from "./places.ts";
import { noHash, parseRecord, recordHash } from "./record.ts";

/** What can be wrong with a journal; test/verify-audit.py uses the same words for the same things. */
export type FaultKind =
  | "not-a-record"
  | "not-canonical"
  | "hash-mismatch"
  | "wrong-run"
  | "deleted"
  | "duplicate"
  | "swapped"
  | "broken-chain"
  | "torn-tail"
  | "tail-cut"
  | "rewritten-tail"
  | "missing-file"
  | "missing-blob"
  | "tampered-blob"
  | "unknown-file"
  | "checkpoint"
  | "unreadable-ledger";

export interface Fault {
  kind: FaultKind;
  /** Relative to the state directory. */
  file: string;
  /** From 1; absent when it is about the whole file. */
  line?: number;
  seq?: number;
  message: string;
}

/** What the head in the ledger says. */
export interface KnownHead {
  seq: number;
  hash: string;
  bytes: number;
}

export interface ChainReport {
  faults: Omit<Fault, "file">[];
  /** Not faults: what a crash may leave behind. */
  notes: string[];
  records: number;
  /** The last record of the unbroken beginning, and the length of the file up to it. */
  good: KnownHead;
  /** Hash by seq of every record that could be read. */
  hashes: Map<number, string>;
  last: EventRecord | undefined;
  /** Bytes after the last line feed. */
  tornBytes: number;
}

/**
 * Reads a journal to its end and names everything that is wrong with it. `visit` sees each record that could be read.
 * A torn tail, and records after the head, are what a crash leaves; they are faults only where the head says that more was acknowledged.
 */
export async function checkChain(file: JournalFile, head: KnownHead | undefined, visit?: (record: EventRecord, line: number) => void): Promise<ChainReport> {
  const report: ChainReport = {
    faults: [],
    notes: [],
    records: 0,
    good: { seq: -1, hash: noHash, bytes: 0 },
    hashes: new Map(),
    last: undefined,
    tornBytes: 0,
  };
  const { faults, hashes } = report;
  let previous: EventRecord | undefined;
  let highest = -1;
  for await (const { number, bytes, end, complete } of journalLines(file)) {
    if (!complete) {
      report.tornBytes = bytes.length;
      break;
    }
    const before = faults.length;
    const parsed = parseRecord(bytes);
    if (parsed === undefined) {
      faults.push({ kind: "not-a-record", line: number, message: `line ${number} is not a record` });
      previous = undefined;
      continue;
    }
    const { record } = parsed;
    const { seq } = record;
    const add = (kind: FaultKind, message: string): unknown => faults.push({ kind, line: number, seq, message });
    if (!parsed.canonical) add("not-canonical", `record ${seq} is not written in canonical form`);
    if (recordHash(record) !== record.hash) add("hash-mismatch", `record ${seq} was changed: its hash does not fit its content`);
    if (record.run !== file.run) add("wrong-run", `record ${seq} belongs to the run ${record.run}`);
    if (hashes.has(seq)) add("duplicate", `record ${seq} stands there twice`);
    else if (seq < highest) add("swapped", `record ${seq} stands after record ${highest}`);
    const expected = seq === 0 ? noHash : previous?.seq === seq - 1 ? previous.hash : record.prev;
    if (record.prev !== expected) add("broken-chain", `record ${seq} does not follow from record ${seq - 1}: one of the two was rewritten`);
    if (!hashes.has(seq)) hashes.set(seq, record.hash);
    if (faults.length === before && seq === report.good.seq + 1) report.good = { seq, hash: record.hash, bytes: end };
    highest = Math.max(highest, seq);
    report.records += 1;
    report.last = record;
    previous = record;
    visit?.(record, number);
  }
  nameDeleted(report, highest);
  compareHead(report, head, highest);
  return report;
}

function nameDeleted({ hashes, faults }: ChainReport, highest: number): void {
  if (hashes.size === highest + 1) return;
  const seqs = [...hashes.keys()].toSorted((a, b) => a - b);
  let next = 0;
  for (const seq of seqs) {
    if (seq > next) {
      const which = seq - next === 1 ? `record ${next} is` : `records ${next} to ${seq - 1} are`;
      faults.push({ kind: "deleted", seq: next, message: `${which} missing` });
    }
    next = seq + 1;
  }
}

function compareHead(report: ChainReport, head: KnownHead | undefined, highest: number): void {
  const { faults, notes, hashes, tornBytes } = report;
  const seq = head?.seq ?? -1;
  if (tornBytes > 0) {
    const what = `the file ends with ${tornBytes} bytes of an unfinished record`;
    if (seq > highest) faults.push({ kind: "torn-tail", message: what });
    else notes.push(what);
  }
  if (head === undefined) return;
  if (seq > highest) {
    faults.push({ kind: "tail-cut", seq: highest + 1, message: `the ledger says that record ${seq} was written; the file ends with record ${highest}` });
  } else if (hashes.has(seq) && hashes.get(seq) !== head.hash) {
    faults.push({ kind: "rewritten-tail", seq, message: `record ${seq} is not the one that the ledger knows: the end was rewritten` });
  } else if (seq < highest) {
    notes.push(`records after ${seq} are not acknowledged by the ledger (up to ${highest})`);
  }
}
