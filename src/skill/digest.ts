import { canonicalJson } from "../base/canonical-json.ts";
import { sha256 } from "../base/digest.ts";
import type { SkillFile, SkillInput } from "./skill.ts";

/** Path, digest and size of each file, sorted by path (UTF-16 code units), so that the order of reading does not matter. */
export function listFiles(files: readonly SkillInput[]): SkillFile[] {
  return files
    .map(({ path, data }) => ({ path, sha256: sha256(data), bytes: data.byteLength }))
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** SHA-256 over the canonical JSON of the sorted [path, sha256] pairs: names the exact files of a skill. */
export function skillDigest(files: readonly Pick<SkillFile, "path" | "sha256">[]): string {
  const pairs = files.map(({ path, sha256: digest }) => [path, digest]);
  return sha256(canonicalJson(pairs.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0))));
}
