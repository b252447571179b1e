import { sha256 } from "../base/digest.ts";

/** The label that ties a container to the state directory it works for: a halt kills these, and no other workspace's. */
export function scopeOf(stateDir: string): string {
  return sha256(stateDir).slice(0, 16);
}
