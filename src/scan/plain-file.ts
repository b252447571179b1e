import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * The bytes of one plain file that others may have written; undefined when there is none. Neither the file nor its folder may be a link, and a pipe or a
 * device, which may never end, is not waited for. Throws plain errors, in words that follow the file's name.
 */
export function readPlainFile(path: string, bytesMax: number): Buffer | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (lstatSync(dirname(path)).isSymbolicLink()) throw new Error(`lies in ${basename(dirname(path))}, which is a link`);
  if (!found.isFile()) throw new Error("is not a plain file");
  // It may have been replaced since.
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const opened = fstatSync(handle);
    if (!opened.isFile()) throw new Error("is not a plain file");
    if (opened.size > bytesMax) throw new Error(`has ${opened.size} bytes; at most ${bytesMax} are read`);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}
