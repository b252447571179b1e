import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { isGone, processMark } from "../base/process-start.ts";
import { requireTreePath } from "../git/names.ts";
import type { TreeEntry } from "../git/objects.ts";
import { configFile } from "../workspace/find.ts";
import type { GateTree } from "./gates/gate.ts";
import type { Authority } from "./load-authority.ts";

/** What operations on a workspace look at; of the rest of the tree, as much as fits. */
const rooms = ["policies", "agents", "skills", "strategies", "evaluations", "memory", "data", "schemas"];
/** What judges, and so is never the change's own. */
const judges = [configFile, "runners"];
const bounds = { bytes: 256 * 1024 * 1024, fileBytes: 64 * 1024 * 1024, files: 20_000, batchBytes: 32 * 1024 * 1024 };
const branch = "main";

export interface GateTrees {
  head: GateTree;
  base: GateTree;
  /** Takes both away; never throws. */
  close(): void;
}

/**
 * Lays head and base out in a folder of the state that is closed to others. Configuration and images are the authority's in both: what is judged does not configure
 * its judges. What a killed process left is taken away first.
 */
export async function openGateTrees(
  place: { authority: Authority; stateDir: string; env: NodeJS.ProcessEnv },
  { head, base }: { head: string; base: string },
): Promise<GateTrees> {
  const parent = join(place.stateDir, "gates");
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  sweep(parent);
  const folder = mkdtempSync(join(parent, `${processMark()}-`));
  const close = (): void => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // The next one sweeps it.
    }
  };
  try {
    chmodSync(folder, 0o700);
    const trees = { head: await layTree(place, join(folder, "head"), head), base: await layTree(place, join(folder, "base"), base) };
    return { ...trees, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** Folders of processes that have ended. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [mark = ""] = /^\d+-\d+(?=-)/.exec(name) ?? [];
    if (isGone(mark)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

async function layTree({ authority, stateDir, env }: { authority: Authority; stateDir: string; env: NodeJS.ProcessEnv }, cwd: string, commit: string) {
  mkdirSync(cwd, { mode: 0o700 });
  layGit(authority, join(cwd, ".git"), commit);
  const { repository } = authority;
  const own = (await repository.listTree(commit)).filter(({ path }) => !isOf(judges, path.normalize("NFKC").toLowerCase()));
  const theirs = await repository.listTree(authority.commit, judges);
  await layFiles(authority, cwd, [...theirs, ...fitting(own)]);
  // What works on a workspace wants one; an empty one means what is usual.
  if (!existsSync(join(cwd, configFile))) writeFileSync(join(cwd, configFile), "", { mode: 0o600 });
  return { cwd, commit, env: { ...env, AGENTCTL_STATE_DIR: stateDir, AGENTCTL_AUTHORITY_BRANCH: branch } };
}

/** The least that makes a folder a repository: its objects are those of the real one, its one branch is the authority. Nothing of the real configuration. */
function layGit({ workspace, commit: protectedCommit }: Authority, gitDir: string, head: string): void {
  const objects = join(workspace.commonDir, "objects");
  if (/[\n\r"]|^#/.test(objects)) throw new AgentctlError("gate/odd-place", `the repository lies in ${JSON.stringify(objects)}, which git cannot be told of`);
  for (const folder of ["objects/info", "refs/heads"]) mkdirSync(join(gitDir, folder), { recursive: true, mode: 0o700 });
  const write = (path: string, text: string): void => writeFileSync(join(gitDir, path), text, { mode: 0o600 });
  const sha256 = head.length === 64;
  write("config", `[core]\n\trepositoryformatversion = ${sha256 ? 1 : 0}\n\tbare = false\n${sha256 ? "[extensions]\n\tobjectformat = sha256\n" : ""}`);
  write("objects/info/alternates", `${objects}\n`);
  write(`refs/heads/${branch}`, `${protectedCommit}\n`);
  const shallow = join(workspace.commonDir, "shallow");
  if (existsSync(shallow)) write("shallow", readFileSync(shallow, "utf8"));
  write("HEAD", `${head}\n`);
}

/** Plain files with names that can be written; rooms first. What does not fit is not laid out, and what a change brings of it the gate `paths` refuses. */
function fitting(entries: readonly TreeEntry[]): TreeEntry[] {
  let bytes = 0;
  const plain = entries.filter((entry) => entry.mode.startsWith("100") && entry.bytes <= bounds.fileBytes && isWritable(entry.path));
  return [...plain.filter(({ path }) => isOf(rooms, path)), ...plain.filter(({ path }) => !isOf(rooms, path))]
    .slice(0, bounds.files)
    .filter((entry) => (bytes += entry.bytes) <= bounds.bytes);
}

function isOf(folders: readonly string[], path: string): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function isWritable(path: string): boolean {
  try {
    return requireTreePath(path) !== "" && !path.includes("\ufffd");
  } catch {
    return false;
  }
}

async function layFiles({ repository }: Authority, cwd: string, entries: readonly TreeEntry[]): Promise<void> {
  const folders = new Set<string>();
  for (const batch of batches(entries.filter((entry) => entry.mode.startsWith("100")))) {
    const blobs = await repository.readBlobs(batch.map(({ oid }) => oid));
    batch.forEach(({ path, mode }, index) => {
      const data = blobs[index];
      if (data === undefined) throw new AgentctlError("git/missing-object", `${path} is missing in the repository`, { hint: "git fsck" });
      const target = join(cwd, path);
      const folder = dirname(target);
      if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
      folders.add(folder);
      try {
        writeFileSync(target, data, { flag: "wx", mode: mode === "100755" ? 0o700 : 0o600 });
      } catch (cause) {
        throw new AgentctlError("gate/odd-name", `${path} cannot stand beside another file: ${(cause as NodeJS.ErrnoException).code ?? "it is there"}`, {
          cause,
        });
      }
    });
  }
}

function* batches(entries: readonly TreeEntry[]): Generator<TreeEntry[]> {
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.bytes > bounds.batchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.bytes;
  }
  if (batch.length > 0) yield batch;
}
