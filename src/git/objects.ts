import { AgentctlError } from "../base/errors.ts";

/** What git prints about objects, read as bytes: contents may be anything, and paths may hold anything but NUL. */

export interface TreeEntry {
  /** Relative to the root of the tree, with `/`. */
  path: string;
  /** `100644` file, `100755` program, `120000` link, `160000` submodule. */
  mode: string;
  oid: string;
  /** Of the content; 0 for submodules. */
  bytes: number;
}

export interface GitObject {
  oid: string;
  type: string;
  data: Buffer;
}

const newline = 0x0a;
const tab = 0x09;

/** Reads `git cat-file --batch`: one object, or undefined for `missing`, per name asked. */
export function readBatch(output: Buffer, asked: number): (GitObject | undefined)[] {
  const objects: (GitObject | undefined)[] = [];
  let at = 0;
  while (objects.length < asked) {
    const end = output.indexOf(newline, at);
    if (end < 0) throw new AgentctlError("git/bad-answer", `git cat-file answered ${objects.length} of ${asked} objects`);
    const head = output.toString("utf8", at, end);
    const [, oid, type, size] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(head) ?? [];
    at = end + 1;
    if (oid === undefined || type === undefined) {
      objects.push(undefined);
      continue;
    }
    const bytes = Number(size);
    objects.push({ oid, type, data: output.subarray(at, at + bytes) });
    at += bytes + 1;
  }
  return objects;
}

/** Reads `git ls-tree -r -z -l`: `mode type oid size TAB path NUL`. */
export function readTree(output: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < output.length;) {
    const cut = output.indexOf(tab, at);
    const end = output.indexOf(0, cut);
    const [mode = "", , oid = "", size = "0"] = output.toString("latin1", at, cut).split(/ +/);
    entries.push({ path: output.toString("utf8", cut + 1, end), mode, oid, bytes: size === "-" ? 0 : Number(size) });
    at = end + 1;
  }
  return entries;
}

/** The text of a blob that must be UTF-8. */
export function utf8(path: string, data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(data);
  } catch (cause) {
    throw new AgentctlError("git/not-text", `${path} is not UTF-8 text`, { cause });
  }
}
