import { lstatSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { applyPatch, readPatch } from "../proposal/patch.ts";
import { readFolder } from "../scan/folder.ts";
import { readPlainFile } from "../scan/plain-file.ts";
import type { Authority } from "./load-authority.ts";
import type { ProposedContent } from "./open-proposal.ts";
import { proposalBounds } from "./tools/proposed-files.ts";

/** Where the files of a person's proposal come from. */
export type FileSource =
  | { kind: "folder"; folder: string; at?: string | undefined }
  | { kind: "patch"; patch: Uint8Array }
  | { kind: "files"; files: readonly string[] }
  | { kind: "none" };

/**
 * Reads them: a folder's plain files over the root (or over `at`), a patch against the protected branch's commit, files of the working tree as their bytes are.
 * Links are never followed. Errors (exit usage): `proposal/bad-source` naming the file, `proposal/bad-patch` naming the line.
 */
export async function readSource(authority: Authority, cwd: string, source: FileSource): Promise<ProposedContent[]> {
  if (source.kind === "folder") return folderContents(resolve(cwd, source.folder), source);
  if (source.kind === "patch") return patchContents(authority, source.patch);
  if (source.kind === "files") return source.files.map((file) => fileContent(authority.workspace.root, resolve(cwd, file), file));
  return [];
}

async function folderContents(root: string, { folder, at = "" }: { folder: string; at?: string | undefined }): Promise<ProposedContent[]> {
  const { files, findings } = await readFolder(root, folder, { files: proposalBounds.files, totalBytes: proposalBounds.bytes }).catch((cause: unknown) => {
    throw bad(`${folder} cannot be read: ${messageOf(cause)}`);
  });
  const [wrong] = findings;
  if (wrong !== undefined) throw bad(`${wrong.file ?? folder}: ${wrong.message}`, wrong.hint);
  const below = at === "" || at === "." ? "" : `${at.replace(/\/+$/, "")}/`;
  return files.map(({ path, data }) => ({ path: `${below}${path}`, data, program: isProgram(join(root, path)) }));
}

async function patchContents({ repository, commit }: Authority, patch: Uint8Array): Promise<ProposedContent[]> {
  if (patch.byteLength > 2 * proposalBounds.bytes) throw bad(`the patch has ${patch.byteLength} bytes; at most ${2 * proposalBounds.bytes} are read`);
  const files = readPatch(patch);
  const entries = new Map((await repository.listTree(commit)).map((entry) => [entry.path, entry]));
  const odd = files.find(({ path }) => !["100644", "100755", undefined].includes(entries.get(path)?.mode));
  if (odd !== undefined) throw bad(`${JSON.stringify(odd.path)} is a link or a submodule; a patch changes plain files`);
  const blobs = await repository.readBlobs(files.flatMap(({ path }) => entries.get(path)?.oid ?? []));
  let at = 0;
  return files.map((file) => {
    const before = entries.has(file.path) ? blobs[at++] : undefined;
    return { path: file.path, data: applyPatch(file, before), program: file.program };
  });
}

/** A file as it lies in the working tree, by its bytes: no filter, no line-ending rule; no folder on the way may be a link. */
function fileContent(root: string, path: string, given: string): ProposedContent {
  const inside = relative(root, path).split(sep);
  if (inside[0] === ".." || inside[0] === "" || resolve(root, ...inside) !== path) throw bad(`${JSON.stringify(given)} is outside the workspace`);
  try {
    inside.slice(0, -1).reduce((folder, name) => {
      const next = join(folder, name);
      if (lstatSync(next).isSymbolicLink()) throw new Error(`lies behind ${name}, which is a link`);
      return next;
    }, root);
    const data = readPlainFile(path, proposalBounds.fileBytes);
    if (data === undefined) throw new Error("is not there; --remove takes a file away");
    return { path: inside.join("/"), data, program: isProgram(path) };
  } catch (cause) {
    throw bad(`${JSON.stringify(given)} ${messageOf(cause)}`);
  }
}

function isProgram(path: string): boolean {
  return ((lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o100) !== 0;
}

function bad(message: string, hint = "agentctl propose --help"): AgentctlError {
  return new AgentctlError("proposal/bad-source", message, { hint, exit: "usage" });
}
