import { constants, openSync } from "node:fs";
import { isoTime, type Clock } from "../base/clock.ts";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { checkSchema, type JsonSchema } from "../base/json-schema.ts";
import { eventSchemas, type EventData, type EventKind, type EventRecord, type Recorder } from "../event/events.ts";
import { takeBodies, writeBlob } from "./blobs.ts";
import { diskError, makeFolder, realDisk, syncFolder, type Disk } from "./disk.ts";
import type { Mask } from "./mask.ts";
import { journalPath, places } from "./places.ts";
import { noHash, writeRecord } from "./record.ts";
import { recordable } from "./recordable.ts";

/** Where the last acknowledged record of each run is kept, outside the journal. The ledger is one. */
export interface Heads {
  move(head: { run: string; seq: number; hash: string; bytes: number }, durable: boolean): void;
}

export interface Journal extends Recorder {
  readonly path: string;
  close(): void;
}

export interface JournalOptions {
  stateDir: string;
  run: string;
  heads: Heads;
  mask: Mask;
  clock: Clock;
  disk?: Disk;
  /** Where an interrupted run goes on. */
  after?: { seq: number; hash: string; bytes: number };
}

/** Every so many records the head reaches the disk too, and not only the operating system. */
const durableEvery = 256;

/**
 * Makes the journal of a run; its only writer. A record is on disk (fdatasync) before `append` resolves, and one call writes it.
 * The calls are synchronous: the hop to the thread pool and back costs as much as a third of the flush, and order comes for free.
 * Errors: trace/run-exists, trace/disk-full, trace/unwritable; of `append` also trace/bad-event, trace/not-durable, trace/closed.
 * After a failed write or flush nobody knows what the disk holds, so every later append fails with the same error.
 */
export function openJournal(options: JournalOptions): Journal {
  const { stateDir, run, heads, mask, clock, disk = realDisk, after } = options;
  const path = journalPath(stateDir, run);
  const handle = open(stateDir, path, after === undefined);
  let { seq, hash: prev, bytes } = after ?? { seq: -1, hash: noHash, bytes: 0 };
  /** Why nothing more is appended. */
  let ended: AgentctlError | undefined;
  let closed = false;

  const write = (line: Buffer): void => {
    try {
      let written = 0;
      // A short write means that the disk is full; the next one says so.
      while (written < line.length) written += disk.writeSync(handle, line, written);
    } catch (cause) {
      try {
        disk.ftruncateSync(handle, bytes);
      } catch {
        // The torn line stays; recovery cuts it.
      }
      throw diskError(path, cause);
    }
    try {
      disk.fdatasyncSync(handle);
    } catch (cause) {
      throw new AgentctlError("trace/not-durable", `${path} did not reach the disk; nothing more is recorded in it`, { hint: "check the disk", cause });
    }
  };

  const append = <K extends EventKind>(kind: K, data: EventData[K]): EventRecord<K> => {
    if (ended !== undefined) throw ended;
    const { slim, json, bodies } = prepare(kind, data, mask);
    const next = { run, seq: seq + 1, ts: isoTime(clock.nowMs()), kind, prev };
    const { line, hash } = writeRecord(next, json);
    const encoded = Buffer.from(`${line}\n`);
    try {
      for (const body of bodies) writeBlob(stateDir, body);
      write(encoded);
      seq += 1;
      prev = hash;
      bytes += encoded.length;
      heads.move({ run, seq, hash, bytes }, seq % durableEvery === 0 || kind === "run.finished");
    } catch (cause) {
      ended = cause instanceof AgentctlError ? cause : new AgentctlError("trace/closed", `${path} failed: ${messageOf(cause)}`, { cause });
      throw ended;
    }
    if (kind === "run.finished") ended = new AgentctlError("trace/closed", `the run ${run} has ended; nothing more is recorded in it`);
    return { v: 1, ...next, data: slim as EventData[K], hash };
  };

  return {
    run,
    path,
    append: async (kind, data) => append(kind, data),
    close() {
      if (closed) return;
      closed = true;
      ended ??= new AgentctlError("trace/closed", `the journal of ${run} is closed`);
      disk.closeSync(handle);
    },
  };
}

function open(stateDir: string, path: string, fresh: boolean): number {
  try {
    makeFolder(places.journals(stateDir));
    // "ax": the file must not exist yet, so that a journal has one writer.
    const handle = openSync(path, fresh ? "ax" : constants.O_WRONLY | constants.O_APPEND, 0o600);
    if (fresh) syncFolder(places.journals(stateDir));
    return handle;
  } catch (cause) {
    throw diskError(path, cause);
  }
}

/** Data as it goes to disk: recordable, masked, checked against the schema of its kind, without its large bodies. */
function prepare(kind: EventKind, data: unknown, mask: Mask): ReturnType<typeof takeBodies> {
  const schema = eventSchemas[kind] as JsonSchema | undefined;
  if (schema === undefined) throw new AgentctlError("trace/bad-event", `"${kind}" is not a kind of event`);
  const masked = mask(recordable(data));
  const problems = checkSchema(schema, masked);
  if (problems.length > 0) {
    throw new AgentctlError("trace/bad-event", `the data of ${kind} does not fit: ${problems.map(({ message }) => message).join("; ")}`, { details: problems });
  }
  return takeBodies(masked, schema);
}
