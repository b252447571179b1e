import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { AgentctlError } from "../base/errors.ts";
import { sha256 } from "../base/digest.ts";
import { badPath } from "../policy/refusal.ts";
import type { VolumeFile } from "../runner/fill-volume.ts";
import { blobPath } from "../trace/blobs.ts";
import type { ScratchChange } from "./tools/tool.ts";

/** A file that a person gives to a run: where to read it, or its bytes. */
export type SandboxFile = { name: string } & ({ path: string } | { data: Uint8Array | string });

/** Below scratch/. */
export const inputFolder = "input";
const scratch = "scratch/";

/** What was given, for a new scratch. Errors (exit usage): `sandbox/bad-file-name`, and those of a file that is not there. */
export function givenFiles(files: readonly SandboxFile[]): VolumeFile[] {
  const given = files.map(volumeFile);
  const twice = given.find(({ path }, index) => given.findIndex((other) => other.path === path) < index);
  if (twice !== undefined) throw new AgentctlError("sandbox/bad-file-name", `two files are given as ${twice.path}`, { exit: "usage" });
  return given;
}

function volumeFile(file: SandboxFile): VolumeFile {
  const path = `${inputFolder}/${file.name}`;
  const bad = file.name === "." ? "is no name" : nameProblem(path);
  if (bad !== undefined) throw new AgentctlError("sandbox/bad-file-name", `the name ${JSON.stringify(file.name)} ${bad}`, { exit: "usage" });
  if ("data" in file) {
    const data = Buffer.from(file.data);
    return { path, bytes: data.length, executable: false, data };
  }
  const { size } = statSync(file.path);
  // Only so much as there was when it was measured: a file that grows would break the archive. An empty one has no last byte.
  const data = size === 0 ? Buffer.alloc(0) : () => createReadStream(file.path, { start: 0, end: size - 1 });
  return { path, bytes: size, executable: false, data };
}

/** Files as a record kept them, for a new scratch, where nothing else is given; and the paths that cannot be had. */
export function restoredFiles(stateDir: string, changes: readonly ScratchChange[], given: readonly VolumeFile[]): { files: VolumeFile[]; missing: string[] } {
  const last = new Map(changes.map((change) => [change.path, change]));
  const taken = new Set(given.map(({ path }) => path));
  const files: VolumeFile[] = [];
  const missing: string[] = [];
  // In the order of names a folder comes before what lies in it, so a file in the place of a folder is seen.
  for (const [whole, change] of [...last].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const path = whole.slice(scratch.length);
    if (change.removed === true || taken.has(path)) continue;
    const data =
      whole.startsWith(scratch) && nameProblem(path) === undefined && !foldersOf(path).some((folder) => taken.has(folder)) ? kept(stateDir, change) : undefined;
    if (data === undefined) missing.push(whole);
    else {
      taken.add(path);
      files.push({ path, bytes: data.length, executable: false, data });
    }
  }
  return { files, missing };
}

/** Changes are kept up to 4 MiB each, so the bytes of one may be held. */
function kept(stateDir: string, { sha256: digest = "" }: ScratchChange): Uint8Array | undefined {
  const path = blobPath(stateDir, digest);
  if (!/^[0-9a-f]{64}$/.test(digest) || !existsSync(path)) return undefined;
  const data = readFileSync(path);
  return sha256(data) === digest ? data : undefined;
}

function foldersOf(path: string): string[] {
  return path.split("/").map((_, index, parts) => parts.slice(0, index).join("/"));
}

function nameProblem(path: string): string | undefined {
  const long = Buffer.byteLength(path) > 1024 || path.split("/").some((part) => Buffer.byteLength(part) > 255);
  return badPath(path) ?? (long ? "is too long" : undefined);
}
