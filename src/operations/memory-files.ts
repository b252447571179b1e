import type { Finding } from "../base/finding.ts";
import type { Repository } from "../git/repository.ts";
import type { TreeEntry } from "../git/objects.ts";
import type { IndexedFile } from "../ledger/memory-rows.ts";
import { liesAmongEntries, memoryBounds, memoryRoom } from "../memory/entry.ts";
import { passagesOf } from "../memory/passages.ts";
import { readEntry } from "../memory/read-entry.ts";
import { findHiddenCharacters } from "../skill/hidden-text.ts";

/** Paths that git is asked for at once. */
const groupSize = 500;

/** A file as it counts: an entry whose text a person can see, or what is wrong with it. */
export function judgeFile(path: string, oid: string, data: Uint8Array): IndexedFile {
  const { entry, findings } = readEntry(path, data);
  if (entry === undefined) return { path, oid, passages: [], findings };
  const hidden = findHiddenCharacters(path, new TextDecoder().decode(data)).map((finding): Finding => ({
    ...finding,
    level: "error",
    rule: "memory/hidden-text",
  }));
  return hidden.length > 0 ? { path, oid, passages: [], findings: hidden } : { path, oid, entry, passages: passagesOf(entry), findings: [] };
}

/** Where a commit's entries lie, and git's names of their contents; what is beyond the bounds by path does not count. */
export async function memoryTree(repository: Repository, commit: string): Promise<Map<string, TreeEntry>> {
  const files = (await repository.listTree(commit, memoryRoom)).filter(({ path }) => liesAmongEntries(path));
  return new Map(files.slice(0, memoryBounds.entries).map((file) => [file.path, file]));
}

/** Reads files of a commit; what no entry can be (a link, a file that is too large, an odd name) is not read. */
export async function readMemoryFiles(repository: Repository, commit: string, files: readonly TreeEntry[]): Promise<Map<string, IndexedFile>> {
  const read = new Map<string, IndexedFile>();
  const plain: TreeEntry[] = [];
  for (const file of files) {
    const odd = oddFile(file);
    if (odd === undefined) plain.push(file);
    else read.set(file.path, { path: file.path, oid: file.oid, passages: [], findings: [odd] });
  }
  for (let from = 0; from < plain.length; from += groupSize) {
    const group = plain.slice(from, from + groupSize).map(({ path }) => path);
    for (const { path, oid, data } of await repository.readTree(commit, group)) read.set(path, judgeFile(path, oid, data));
  }
  return read;
}

function oddFile({ path, mode, bytes }: TreeEntry): Finding | undefined {
  const refuse = (rule: string, message: string): Finding => ({ rule: `memory/${rule}`, level: "error", message, file: path.toWellFormed() });
  if (!mode.startsWith("100")) return refuse("not-a-plain-file", "it is no plain file");
  if (path.includes("\ufffd")) return refuse("path", "its name is not UTF-8");
  if (bytes > memoryBounds.fileBytes) return refuse("too-large", `it has ${bytes} bytes; at most ${memoryBounds.fileBytes} are read`);
  return undefined;
}
