import { requireOid, treePaths } from "./names.ts";
import { gitOk } from "./process.ts";
import type { Repository } from "./repository.ts";

/** What the index says of a path. */
export interface IndexEntry {
  path: string;
  mode: string;
  oid: string;
}

/** Entries of the index at these paths; those in conflict come more than once and are left out. Nothing is refreshed, so nothing is run. */
export async function indexEntries(repository: Repository, paths: readonly string[]): Promise<Map<string, IndexEntry>> {
  if (paths.length === 0) return new Map();
  const args = ["ls-files", "-z", "--full-name", "--stage", "--", ...treePaths(paths).map((path) => `:(top,literal)${path}`)];
  const output = await repository.ok({ args, workTree: repository.root });
  const found = new Map<string, IndexEntry>();
  for (const line of output.toString("utf8").split("\0")) {
    const [, mode = "", oid = "", stage, path = ""] = /^(\d{6}) ([0-9a-f]+) (\d)\t([\s\S]*)$/.exec(line) ?? [];
    if (stage === "0") found.set(path, { path, mode, oid });
  }
  return found;
}

/** Puts entries into the index, or takes them out (`undefined`), without looking at the working tree: no filter, no hook, no monitor. */
export async function setIndexEntries(repository: Repository, entries: readonly (Pick<IndexEntry, "path"> & Partial<IndexEntry>)[]): Promise<void> {
  if (entries.length === 0) return;
  const lines = entries.map(({ path, mode, oid }) => {
    const [checked = ""] = treePaths(path);
    return mode === undefined || oid === undefined ? `0 ${"0".repeat(40)}\t${checked}\0` : `${mode} ${requireOid(oid)}\t${checked}\0`;
  });
  // Git reads files that changed as late as the index once more, through their filters, when it writes it; where it looks here there are none of them.
  const { gitDir } = repository;
  await gitOk({ args: ["update-index", "-z", "--index-info"], input: lines.join(""), cwd: gitDir, gitDir, workTree: gitDir });
}
