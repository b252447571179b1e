import { lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import type { ShippedFile } from "./shipped.ts";

export interface Placed {
  created: string[];
  /** There was something else of that name, which stays as it is. */
  kept: { path: string; why: string }[];
  /** There already, with the same bytes. */
  unchanged: string[];
}

/** Puts files below `root`. Never overwrites, never follows a link: what is there stays, and is listed. */
export function placeFiles(root: string, files: readonly ShippedFile[]): Placed {
  const placed: Placed = { created: [], kept: [], unchanged: [] };
  for (const file of files) {
    const blocked = openFolders(root, file.path);
    const found = blocked === undefined ? kindOf(join(root, file.path)) : undefined;
    if (blocked !== undefined) placed.kept.push({ path: file.path, why: `${blocked} is not a folder of its own` });
    else if (found === undefined) {
      attempt(file.path, () => writeFileSync(join(root, file.path), file.data, { flag: "wx", mode: file.program ? 0o755 : 0o644 }));
      placed.created.push(file.path);
    } else if (found !== "file") placed.kept.push({ path: file.path, why: `there is a ${found} of that name` });
    else if (attempt(file.path, () => readFileSync(join(root, file.path))).equals(file.data)) placed.unchanged.push(file.path);
    else placed.kept.push({ path: file.path, why: "it differs" });
  }
  return placed;
}

/** Makes the folders above a path; answers the first that is there and is no real folder, e.g. a link out of the workspace. */
function openFolders(root: string, path: string): string | undefined {
  const steps = path.split("/").slice(0, -1);
  for (let count = 1; count <= steps.length; count += 1) {
    const folder = steps.slice(0, count).join("/");
    const found = kindOf(join(root, folder));
    if (found === undefined) attempt(folder, () => mkdirSync(join(root, folder)));
    else if (found !== "folder") return folder;
  }
  return undefined;
}

function kindOf(path: string): "file" | "folder" | "link" | "special file" | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isSymbolicLink() ? "link" : found.isDirectory() ? "folder" : found.isFile() ? "file" : "special file";
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    const why: Record<string, string> = { EACCES: "no permission", EPERM: "no permission", EROFS: "the file system is read-only", ENOSPC: "the disk is full" };
    throw new AgentctlError("workspace/cannot-write", `${path} cannot be written: ${why[code] ?? code}`, {
      hint: "mend that and run agentctl init again",
      cause,
    });
  }
}
