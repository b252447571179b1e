import { readdirSync } from "node:fs";
import { join } from "node:path";
import { dataSetName } from "../market/read-data-set.ts";

/** Names of the data sets in the working tree, sorted. */
export function dataSetNames(root: string): string[] {
  try {
    return readdirSync(join(root, "data"))
      .flatMap((file) => dataSetName(`data/${file}`) ?? [])
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
