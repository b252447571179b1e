import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";

/** The calls whose failure decides what may still be promised; tests put a failing disk in their place. */
export type Disk = Pick<typeof fs, "writeSync" | "fdatasyncSync" | "ftruncateSync" | "closeSync">;

export const realDisk: Disk = fs;

/** Makes a folder of mode 0700, and keeps the entry. */
export function makeFolder(folder: string): void {
  if (fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder));
}

/** A new or renamed file survives a power cut only when its folder is on disk too. */
export function syncFolder(folder: string): void {
  const handle = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Writes a whole file so that it is there completely or not at all: temporary name, fsync, rename, fsync of the folder. */
export function writeWhole(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = join(dirname(path), `.${basename(path)}.${newId("t")}`);
  try {
    fs.writeFileSync(temporary, data, { mode, flag: "wx", flush: true });
    fs.renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw diskError(path, cause);
  }
}

/** What the file system said, as an error of this room; anything else is passed on as it is. */
export function diskError(path: string, cause: unknown): unknown {
  if (cause instanceof AgentctlError || !(cause instanceof Error)) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  // DuckDB has no codes, only words.
  if (code === "ENOSPC" || code === "EDQUOT" || /No space left on device/.test(message)) {
    return new AgentctlError("trace/disk-full", `${path} cannot be written: the disk is full`, { hint: "free some space and run it again", cause });
  }
  if (code === "EEXIST" && path.endsWith(".jsonl")) return new AgentctlError("trace/run-exists", `${path} exists already; a journal has one writer`, { cause });
  if (code !== undefined || message.startsWith("IO Error")) {
    return new AgentctlError("trace/unwritable", `${path} cannot be used: ${message}`, { hint: "agentctl doctor", cause });
  }
  return cause;
}
