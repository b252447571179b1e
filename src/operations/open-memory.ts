import { AgentctlError } from "../base/errors.ts";
import type { Recorder } from "../event/events.ts";
import type { Repository } from "../git/repository.ts";
import { openMemoryIndex, type MemoryIndex } from "../ledger/memory-index.ts";
import { commitOf, indexedFiles, putCommit } from "../ledger/memory-rows.ts";
import type { VectorTable } from "../trace/vector-table.ts";
import { memoryTree, readMemoryFiles } from "./memory-files.ts";

/** The long-term memory of a commit. */
export interface OpenMemory {
  repository: Repository;
  commit: string;
  index: MemoryIndex;
  /** Vectors that were loaded, and the state of the index that they are of. */
  loaded?: { model: string; changes: number; table: VectorTable } | undefined;
  /** Model and state of the index for which every passage was seen to have its vector. */
  complete?: string | undefined;
  close(): void;
}

/** More often no two processes take the index from each other. */
const triesMax = 8;

/** Opens the index and brings it to the commit that policy is read from. Errors: those of `openMemoryIndex`, `memory/moved`. */
export async function openMemory({ repository, commit }: { repository: Repository; commit: string }, stateDir: string): Promise<OpenMemory> {
  const index = openMemoryIndex(stateDir);
  const memory: OpenMemory = {
    repository,
    commit,
    index,
    close() {
      memory.loaded?.table.close();
      memory.loaded = undefined;
      index.close();
    },
  };
  try {
    await bringToCommit(memory);
    return memory;
  } catch (thrown) {
    index.close();
    throw thrown;
  }
}

/** Reads what has changed since the commit that the index stands at: nothing when it is this one. */
async function bringToCommit({ repository, commit, index }: OpenMemory): Promise<void> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (commitOf(index) === commit) return;
    const tree = await memoryTree(repository, commit);
    const held = indexedFiles(index);
    const changed = [...tree.values()].filter(({ path, oid }) => held.get(path) !== oid);
    const read = await readMemoryFiles(repository, commit, changed);
    const wanted = new Map([...tree].map(([path, { oid }]) => [path, oid]));
    if (putCommit(index, commit, wanted, read).length === 0) return;
  }
  throw moved();
}

/** Reads one state of the index, which is that of the commit: another process that works on another commit may have taken it there. */
export async function atCommit<T>(memory: OpenMemory, read: (index: MemoryIndex) => T): Promise<T> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    await bringToCommit(memory);
    const found = memory.index.snapshot(() => (commitOf(memory.index) === memory.commit ? { value: read(memory.index) } : undefined));
    if (found !== undefined) return found.value;
  }
  throw moved();
}

const ofRun = new WeakMap<Recorder, Promise<OpenMemory>>();

/** The memory of a run: opened once, and kept for its next question. */
export function memoryOfRun(open: { recorder: Recorder; stateDir: string }, authority: { repository: Repository; commit: string }): Promise<OpenMemory> {
  const known = ofRun.get(open.recorder) ?? openMemory(authority, open.stateDir);
  ofRun.set(open.recorder, known);
  known.catch(() => ofRun.delete(open.recorder));
  return known;
}

function moved(): AgentctlError {
  return new AgentctlError("memory/moved", "other processes keep taking the index of memory/ to other commits", { hint: "try again" });
}
