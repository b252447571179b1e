import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { TreeEntry } from "./objects.ts";

/** Bytes; a stream costs more than a small file. */
const streamedAbove = 4 * 1024 * 1024;

/** The name git would give to these bytes as a blob; `oidLength` is 40 (SHA-1) or 64 (SHA-256), as in the repository. */
export function blobOid(data: Uint8Array, oidLength: number): string {
  return objectHash("blob", data.length, oidLength).update(data).digest("hex");
}

/** What lies directly in a folder. */
export interface TreeLine {
  /** As git writes it in a tree: `40000` for a folder. */
  mode: string;
  type: "blob" | "tree" | "commit";
  oid: string;
  name: string;
}

/** The name git would give to a folder of these. */
export function treeOid(lines: readonly TreeLine[], oidLength: number): string {
  // Git sorts by bytes, a folder as if its name ended with a slash.
  const sorted = lines
    .map(({ mode, type, oid, name }) => ({
      key: Buffer.from(type === "tree" ? `${name}/` : name),
      bytes: Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]),
    }))
    .toSorted((one, other) => Buffer.compare(one.key, other.key));
  const data = Buffer.concat(sorted.map(({ bytes }) => bytes));
  return objectHash("tree", data.length, oidLength).update(data).digest("hex");
}

/** Whether these bytes are exactly the files of a commit, which `entries` lists: none more, none less, none a link or a submodule. */
export function sameFiles(entries: readonly TreeEntry[], files: readonly { path: string; data: Uint8Array }[]): boolean {
  const known = new Map(entries.map((entry) => [entry.path, entry]));
  if (known.size !== files.length) return false;
  return files.every(({ path, data }) => {
    const entry = known.get(path);
    return entry !== undefined && entry.mode.startsWith("100") && entry.bytes === data.byteLength && blobOid(data, entry.oid.length) === entry.oid;
  });
}

function objectHash(type: "blob" | "tree", bytes: number, oidLength: number): ReturnType<typeof createHash> {
  return createHash(oidLength === 64 ? "sha256" : "sha1").update(`${type} ${bytes}\0`);
}

/**
 * Whether the entry lies on disk with exactly the bytes of the commit: `same`, `changed`, or `deleted`. No filter, no attribute and no line-ending
 * rule is applied: what counts is what would run. A link is compared by its target, a submodule is taken as the same.
 */
export async function compareEntry(root: string, entry: TreeEntry): Promise<"same" | "changed" | "deleted"> {
  if (entry.mode === "160000") return "same";
  const path = join(root, entry.path);
  try {
    const found = await lstat(path);
    const link = entry.mode === "120000";
    if (link !== found.isSymbolicLink()) return "changed";
    if (link) return blobOid(await readlink(path, { encoding: "buffer" }), entry.oid.length) === entry.oid ? "same" : "changed";
    if (!found.isFile() || found.size !== entry.bytes) return "changed";
    if (entry.bytes <= streamedAbove) return blobOid(await readFile(path), entry.oid.length) === entry.oid ? "same" : "changed";
    const hash = objectHash("blob", entry.bytes, entry.oid.length);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest("hex") === entry.oid ? "same" : "changed";
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "deleted" : "changed";
  }
}
