import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { DataSet } from "./data-set.ts";
import { dataSetPath, writeDataSet } from "./read-data-set.ts";

/** Puts data/<name>.yaml into the working tree, whole or not at all; answers its path. Errors: market/not-written; never follows a link out of data/. */
export function placeDataSet(root: string, set: DataSet): string {
  const path = dataSetPath(set.name);
  const folder = join(root, "data");
  const temporary = join(folder, `.${set.name}.${newId("t")}`);
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(folder);
    else if (!found.isDirectory()) throw new Error("data is not a folder of its own");
    writeFileSync(temporary, writeDataSet(set), { flag: "wx", mode: 0o644, flush: true });
    renameSync(temporary, join(root, path));
    return path;
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new AgentctlError("market/not-written", `${path} cannot be written: ${messageOf(cause)}`, { hint: "mend that and run it again", cause });
  }
}
