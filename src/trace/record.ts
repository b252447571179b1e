import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { EventKind, EventRecord } from "../event/events.ts";

/**
 * The format of a journal, which test/verify-audit.py reads too. A journal is UTF-8 text, one record a line, each line ended by
 * one line feed. A line is the canonical JSON (RFC 8785) of an object with exactly the members data, hash, kind, prev, run, seq,
 * ts, v. `hash` is the SHA-256, in lower-case hex, of `agentctl-record-v1`, a line feed, and the canonical JSON of the record
 * without its member `hash`. `prev` is the hash of the record before, 64 zeros for the first. `seq` counts from 0.
 */
export const domain = "agentctl-record-v1\n";
export const noHash = "0".repeat(64);

const members = ["data", "hash", "kind", "prev", "run", "seq", "ts", "v"];

/** The line of a record, without line feed, and its hash. `data` is canonical JSON. */
export function writeRecord(record: Omit<EventRecord, "hash" | "data" | "v">, data: string): { line: string; hash: string } {
  const head = `{"data":${data}`;
  const tail = `"kind":${JSON.stringify(record.kind)},"prev":"${record.prev}","run":"${record.run}","seq":${record.seq},"ts":"${record.ts}","v":1}`;
  const hash = sha256(`${domain}${head},${tail}`);
  return { line: `${head},"hash":"${hash}",${tail}`, hash };
}

/** The hash that a record must have. */
export function recordHash(record: EventRecord): string {
  const { hash: _, ...rest } = record;
  return sha256(domain + canonicalJson(rest));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The record of a line, and whether the line is written as it must be; undefined when it is no record at all. */
export function parseRecord(line: Uint8Array): { record: EventRecord; canonical: boolean } | undefined {
  try {
    const text = utf8.decode(line);
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    return { record: value, canonical: canonicalJson(value) === text };
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is EventRecord {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const { v, run, seq, ts, kind, data, prev, hash } = value as Record<string, unknown>;
  const texts = [run, ts, kind, prev, hash].every((member) => typeof member === "string");
  const known = Object.keys(value).toSorted().join() === members.join();
  return known && v === 1 && texts && Number.isSafeInteger(seq) && Number(seq) >= 0 && data !== null && typeof data === "object" && !Array.isArray(data);
}

/** Narrows a record to one kind. */
export function isKind<K extends EventKind>(record: EventRecord, kind: K): record is EventRecord<K> {
  return record.kind === kind;
}
