import { linkSync, readFileSync, rmSync } from "node:fs";
import { newId } from "../base/ids.ts";
import { sha256 } from "../base/digest.ts";
import { diskError, makeFolder, writeWhole } from "./disk.ts";
import { places } from "./places.ts";

/** The key of a state directory's fingerprints, made at first use. Of processes that make it at once, one wins and all use its key. */
export function maskKey(stateDir: string): Uint8Array {
  const path = places.maskKey(stateDir);
  const existing = read(path);
  if (existing !== undefined) return existing;
  makeFolder(stateDir);
  const mine = `${path}.${newId("t")}`;
  try {
    writeWhole(mine, sha256(newId("k") + newId("k") + newId("k")));
    linkSync(mine, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw diskError(path, cause);
  } finally {
    rmSync(mine, { force: true });
  }
  return read(path) ?? new Uint8Array();
}

function read(path: string): Uint8Array | undefined {
  try {
    return Buffer.from(readFileSync(path, "utf8"), "hex");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw diskError(path, cause);
  }
}
