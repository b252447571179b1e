import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compareEntry } from "./hash.ts";
import { treePaths } from "./names.ts";
import type { TreeEntry } from "./objects.ts";
import type { Repository } from "./repository.ts";

export interface FileChange {
  path: string;
  /** `added`: on disk and not in the commit. */
  change: "added" | "changed" | "deleted";
}

export interface StatusOptions {
  /** Look only below this path, or these. */
  prefix?: string | readonly string[];
  /** Compare with this commit; HEAD when not given. */
  commit?: string | undefined;
  /** Count ignored files as added too: they are no less able to run. */
  ignored?: boolean;
}

/**
 * Which files of the working tree differ from a commit, by raw bytes. `git status` would run filters and the file-system monitor that the
 * repository names; this asks git only for lists and hashes the files itself. Modes are not compared.
 */
export async function status(repository: Repository, options: StatusOptions = {}): Promise<FileChange[]> {
  const commit = options.commit ?? (await repository.head()).commit;
  const [tracked, onDisk] = await Promise.all([
    commit === undefined ? [] : repository.listTree(commit, options.prefix),
    listOnDisk(repository, options.prefix ?? "", options.ignored ?? false),
  ]);
  const known = new Set(tracked.map((entry) => entry.path));
  const linked = await linkedFolders(repository.root, tracked);
  const unknown = onDisk.filter((path) => !known.has(path));
  const changes: FileChange[] = [];
  for (const path of unknown) {
    if (await exists(join(repository.root, path))) changes.push({ path, change: "added" });
  }
  const queue = tracked.values();
  const worker = async (): Promise<void> => {
    for (const entry of queue) {
      const found = linked.some((folder) => entry.path.startsWith(`${folder}/`)) ? "deleted" : await compareEntry(repository.root, entry);
      if (found !== "same") changes.push({ path: entry.path, change: found });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** What lies on disk and git knows of, or could: in the index or in no index. */
async function listOnDisk(repository: Repository, prefix: string | readonly string[], ignored: boolean): Promise<string[]> {
  const below = treePaths(prefix).map((path) => `:(top,literal)${path}`);
  const hide = ignored ? [] : ["--exclude-standard"];
  const output = await repository.ok({ args: ["ls-files", "-z", "--full-name", "--cached", "--others", ...hide, "--", ...below], workTree: repository.root });
  return [...new Set(output.toString("utf8").split("\0"))].filter((path) => path !== "");
}

/** Folders of the commit that are links on disk: what lies behind them is not the commit's file, whatever its bytes. */
async function linkedFolders(root: string, entries: readonly TreeEntry[]): Promise<string[]> {
  const folders = new Set<string>();
  for (const entry of entries) {
    for (let folder = dirname(entry.path); folder !== "." && !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  const found = await Promise.all(
    [...folders].map(async (folder) => {
      const kind = await lstat(join(root, folder)).catch(() => undefined);
      return kind?.isSymbolicLink() === true ? folder : "";
    }),
  );
  return found.filter((folder) => folder !== "");
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
