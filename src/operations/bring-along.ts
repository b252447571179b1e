import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isGone, processMark } from "../base/process-start.ts";
import { blobOid } from "../git/hash.ts";
import { indexEntries, setIndexEntries, type IndexEntry } from "../git/index-entries.ts";
import type { TreeChange } from "../git/history.ts";
import type { Authority } from "./load-authority.ts";

export interface BroughtAlong {
  /** Files that are on disk as the branch has them now. */
  brought: number;
  /** Left as they are, since somebody had edited them, or something else stands there. */
  leftAlone: string[];
}

/**
 * Brings the files of this working tree along after its branch moved: each one that still is what it was before, on disk and in the index, byte by byte. What a
 * person edited is left alone and named. Nothing is checked out: no filter, no hook, no attribute, no link is followed. Done again it finishes what is left, and takes
 * away what a killed one had only begun to write.
 * Undefined where another branch is checked out here.
 */
export async function bringAlong({ repository, ref, workspace }: Authority, { from, to }: { from: string; to: string }): Promise<BroughtAlong | undefined> {
  const { branch } = await repository.head();
  if (branch === undefined || `refs/heads/${branch}` !== ref) return undefined;
  const [changes = []] = await repository.treeChanges([[from, to]]);
  const paths = changes.map(({ path }) => path);
  const begun = begunBefore(workspace.root, paths);
  const index = await indexEntries(repository, [...paths, ...begun]);
  for (const path of begun) if (!index.has(path)) rmSync(join(workspace.root, path), { force: true });
  const plain = changes.filter(({ after }) => after === undefined || after.mode.startsWith("100"));
  const blobs = await repository.readBlobs(plain.flatMap(({ after }) => (after === undefined ? [] : [after.oid])));
  const leftAlone = changes.filter((change) => !plain.includes(change)).map(({ path }) => path);
  const entries: (Pick<IndexEntry, "path"> & Partial<IndexEntry>)[] = [];
  let at = 0;
  for (const change of plain) {
    const data = change.after === undefined ? undefined : blobs[at++];
    const put = isEither(change, index.get(change.path)) && place(workspace.root, change, data);
    if (!put) leftAlone.push(change.path);
    else entries.push(change.after === undefined ? { path: change.path } : { path: change.path, ...change.after });
  }
  await setIndexEntries(repository, entries);
  return { brought: entries.length, leftAlone };
}

function isEither({ before, after }: TreeChange, entry: IndexEntry | undefined): boolean {
  return [before, after].some((side) => side?.oid === entry?.oid && side?.mode === entry?.mode);
}

/** Whether the file is now what it is to be. */
function place(root: string, { path, before, after }: TreeChange, data: Uint8Array | undefined): boolean {
  if (!realFolders(root, path)) return false;
  const target = join(root, path);
  const there = oidOnDisk(target, (before ?? after)?.oid.length ?? 40);
  if (there === "other" || ![before?.oid, after?.oid].includes(there)) return false;
  if (after === undefined) {
    rmSync(target, { force: true });
    removeEmpty(root, dirname(path));
    return true;
  }
  if (data === undefined) return false;
  const mode = after.mode === "100755" ? 0o755 : 0o644;
  if (there === after.oid && before?.mode === after.mode) return true;
  mkdirSync(dirname(target), { recursive: true });
  const fresh = join(dirname(target), `.agentctl-${processMark()}-${after.oid.slice(0, 12)}`);
  rmSync(fresh, { force: true });
  writeFileSync(fresh, data, { flag: "wx", mode });
  renameSync(fresh, target);
  return true;
}

/** Files in the folders of these paths that are named as `place` names what it writes, by processes that have ended. */
function begunBefore(root: string, paths: readonly string[]): string[] {
  const folders = new Set(paths.filter((path) => realFolders(root, path)).map((path) => dirname(path)));
  return [...folders].flatMap((folder) => {
    const entries = lstatSync(join(root, folder), { throwIfNoEntry: false }) === undefined ? [] : readdirSync(join(root, folder), { withFileTypes: true });
    const begun = entries.filter((entry) => {
      const [, mark] = /^\.agentctl-(\d+-\d+)-[0-9a-f]{12}$/.exec(entry.name) ?? [];
      return mark !== undefined && entry.isFile() && isGone(mark);
    });
    return begun.map(({ name }) => (folder === "." ? name : `${folder}/${name}`));
  });
}

/** Undefined where there is nothing; `other` for what is no plain file. */
function oidOnDisk(target: string, oidLength: number): string | undefined {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isFile() ? blobOid(readFileSync(target), oidLength) : "other";
}

/** Every folder on the way is a folder, or is not there yet. */
function realFolders(root: string, path: string): boolean {
  const parts = path.split("/").slice(0, -1);
  return parts.every((_, index) => {
    const found = lstatSync(join(root, ...parts.slice(0, index + 1)), { throwIfNoEntry: false });
    return found === undefined || found.isDirectory();
  });
}

function removeEmpty(root: string, folder: string): void {
  for (let each = folder; each !== "." && each !== ""; each = dirname(each)) {
    try {
      rmdirSync(join(root, each));
    } catch {
      return;
    }
  }
}
