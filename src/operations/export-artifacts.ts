import { constants, lstatSync, mkdirSync } from "node:fs";
import { copyFile, mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AgentctlError } from "../base/errors.ts";

/**
 * Copies artifacts into a folder; answers the paths written. Their names were normalised when the container's output was read and hold no `..`.
 * Nothing is overwritten, and no link in the folder is followed: error `skill/artifact-exists`.
 */
export async function exportArtifacts(artifacts: readonly { path: string; file: string }[], folder: string): Promise<string[]> {
  const written: string[] = [];
  const root = resolve(folder);
  await mkdir(root, { recursive: true });
  const real = await realpath(root);
  for (const { path, file } of artifacts) {
    const target = join(root, path);
    openFolders(real, path);
    await copyFile(file, join(real, path), constants.COPYFILE_EXCL).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
      throw inTheWay(target, cause);
    });
    written.push(target);
  }
  return written;
}

/** Makes the folders above a path. One that is a link would let a skill, which chooses the names, write wherever somebody pointed it. */
function openFolders(root: string, path: string): void {
  const steps = path.split("/").slice(0, -1);
  for (let count = 1; count <= steps.length; count += 1) {
    const folder = join(root, ...steps.slice(0, count));
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(folder);
    else if (!found.isDirectory()) throw inTheWay(folder);
  }
}

function inTheWay(path: string, cause?: unknown): AgentctlError {
  return new AgentctlError("skill/artifact-exists", `${path} exists already`, {
    hint: "give --out another folder; the artifacts are kept in the record",
    cause,
  });
}
