import { hash } from "node:crypto";
import { newId } from "../../base/ids.ts";

/** The id of what a call proposes: the same whenever the same call of the same run is made again. */
export function proposalId(root: string, key: string): string {
  const digest = hash("sha256", `${root}\n${key}`, "buffer");
  return newId("p", (bytes) => digest.subarray(0, bytes));
}
