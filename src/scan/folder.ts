import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../base/finding.ts";

/** A file as it lies on disk. `path` is relative to the folder, with `/`. */
export interface FolderFile {
  path: string;
  data: Uint8Array;
}

export interface FolderBounds {
  files: number;
  totalBytes: number;
}

/** What tools leave behind and nobody wrote: never part of a folder's content, and never given to a container. */
const leftovers = new Set([".git", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".DS_Store"]);

/** Whether a path lies in what `readFolder` leaves out. */
export function isLeftover(path: string): boolean {
  return path.split("/").some((part) => leftovers.has(part));
}

/**
 * Reads the plain files of a folder that others may have written. Links, devices, sockets and pipes are refused by name and never followed; reading
 * stops at the bounds. `name` is what findings call the folder. Throws only when the folder itself cannot be read.
 */
export async function readFolder(root: string, name: string, bounds: FolderBounds): Promise<{ files: FolderFile[]; findings: Finding[] }> {
  const files: FolderFile[] = [];
  const findings: Finding[] = [];
  let bytes = 0;
  const refuse = (rule: string, path: string, message: string, hint?: string): void => {
    findings.push({ rule: `scan/${rule}`, level: "error", message, file: path === "" ? name : `${name}/${path}`, hint });
  };
  const tooLarge = (): boolean => findings.some((finding) => finding.rule === "scan/too-large");

  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (tooLarge()) return;
      if (leftovers.has(entry.name)) continue;
      if (entry.isDirectory()) await walk(path);
      else if (!entry.isFile())
        refuse("not-a-plain-file", path, `${path} is ${kindOf(entry)}; only plain files are read`, "put a copy of the file in its place");
      else {
        const data = await readPlain(join(root, path), bounds.totalBytes - bytes);
        if (data === undefined) refuse("not-a-plain-file", path, `${path} changed into something else while it was read`);
        else if (data === "too-large") refuse("too-large", "", `the folder has more than ${bounds.totalBytes} bytes`);
        else if (files.length === bounds.files) refuse("too-large", "", `the folder has more than ${bounds.files} files`);
        else {
          bytes += data.byteLength;
          files.push({ path, data });
        }
      }
    }
  };
  await walk("");
  return { files, findings };
}

/** Opens without following a link, so that a file swapped for one after it was listed is not followed either. */
async function readPlain(path: string, bytesLeft: number): Promise<Uint8Array | "too-large" | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ELOOP") return undefined;
    throw cause;
  });
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    return stats.size > bytesLeft ? "too-large" : new Uint8Array(await handle.readFile());
  } finally {
    await handle.close();
  }
}

function kindOf(entry: { isSymbolicLink(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  return entry.isSymbolicLink() ? "a link" : entry.isFIFO() ? "a pipe" : entry.isSocket() ? "a socket" : "a device";
}
