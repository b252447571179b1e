import { copyFile, mkdir } from "node:fs/promises";
import { constants } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AgentctlError } from "../base/errors.ts";

/**
 * Copies artifacts into a folder; answers the paths written. Their names were normalised when the container's output was read and hold no `..`.
 * Nothing is overwritten: error `skill/artifact-exists`.
 */
export async function exportArtifacts(artifacts: readonly { path: string; file: string }[], folder: string): Promise<string[]> {
  const written: string[] = [];
  for (const { path, file } of artifacts) {
    const target = join(resolve(folder), path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, target, constants.COPYFILE_EXCL).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
      throw new AgentctlError("skill/artifact-exists", `${target} exists already`, {
        hint: "give --out another folder; the artifacts are kept in the record",
        cause,
      });
    });
    written.push(target);
  }
  return written;
}
