import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isoTime } from "../base/clock.ts";

/**
 * The stop that needs nothing: two files in the state directory. Work may go on only while `armed` is there and `halt` is not;
 * halting takes the one away and writes the other, and either alone stops. What cannot be read counts as halted.
 * Taking a file away works on a full disk; neither git, SQLite, DuckDB, Docker nor a network is needed.
 */

export type HaltState = { halted: false } | { halted: true; by: string; reason: string; at?: string | undefined };

const armedName = "armed";
const haltName = "halt";

/** Reads the state; never throws. */
export function readHalt(stateDir: string): HaltState {
  try {
    if (existsSync(join(stateDir, haltName))) return readReason(join(stateDir, haltName));
    readFileSync(join(stateDir, armedName));
    return { halted: false };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { halted: true, by: "unknown", reason: missing ? "the file `armed` is missing" : `the state directory cannot be read (${String(error)})` };
  }
}

function readReason(file: string): HaltState {
  try {
    const { by, reason, at } = JSON.parse(readFileSync(file, "utf8")) as Partial<Record<"by" | "reason" | "at", unknown>>;
    return { halted: true, by: String(by ?? "unknown"), reason: String(reason ?? "no reason given"), at: typeof at === "string" ? at : undefined };
  } catch {
    return { halted: true, by: "unknown", reason: "the file `halt` cannot be read" };
  }
}

/** Takes hold when it returns. A second halt keeps the first one's reason. */
export function setHalt(stateDir: string, note: { by: string; reason: string; atMs: number }): void {
  rmSync(join(stateDir, armedName), { force: true });
  if (existsSync(join(stateDir, haltName))) return;
  try {
    writeDurably(stateDir, haltName, JSON.stringify({ by: note.by, reason: note.reason, at: isoTime(note.atMs) }));
  } catch (error) {
    // On a full disk the missing `armed` is the halt.
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

/** Lets work go on. `armed` is written last: a crash in between stays halted. */
export function releaseHalt(stateDir: string): void {
  rmSync(join(stateDir, haltName), { force: true });
  writeDurably(stateDir, armedName, "");
}

/** Arms a state directory in which nothing ever ran; one that lost its `armed` stays halted. */
export function armWhenNew(stateDir: string): void {
  const used = [armedName, haltName, "ledger.db"].some((name) => existsSync(join(stateDir, name))) || hasRuns(join(stateDir, "journal"));
  if (!used) writeDurably(stateDir, armedName, "");
}

/** A query on a new workspace makes the folder of journals, with a file without rows that its views bind to (`_empty.jsonl`): nothing ran for that. */
function hasRuns(journals: string): boolean {
  try {
    return readdirSync(journals).some((name) => !name.startsWith("_"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Calls `onHalt` once, at most `everyMs` after work was halted; answers a function that stops watching. Keeps no process alive. */
export function watchHalt(stateDir: string, onHalt: (state: HaltState) => void, everyMs = 100): () => void {
  const timer = setInterval(() => {
    const state = readHalt(stateDir);
    if (!state.halted) return;
    clearInterval(timer);
    onHalt(state);
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function writeDurably(folder: string, name: string, text: string): void {
  const temporary = join(folder, `${name}.${process.pid}.tmp`);
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(folder, name));
  const directory = openSync(folder, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
