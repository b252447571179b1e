import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isoTime, systemClock, type Clock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { treeOid, type TreeLine } from "./hash.ts";
import { requireOid, requireRef, requireTreePath } from "./names.ts";
import { gitFailed } from "./process.ts";
import type { Repository } from "./repository.ts";

/** Writing objects and refs by plumbing: no index, no working tree, no hook, no filter. */

export interface NewTreeEntry {
  /** Relative to the root of the tree, with `/`. */
  path: string;
  /** A submodule (`160000`) stays where a tree is made anew from one that has it. */
  mode: "100644" | "100755" | "120000" | "160000";
  oid: string;
}

export interface NewCommit {
  tree: string;
  parents: readonly string[];
  message: string;
  /** Author and committer. */
  author: { name: string; email: string };
}

/** Stores bytes as they are; answers the blob's name. */
export async function writeBlob(repository: Repository, data: string | Uint8Array): Promise<string> {
  return answered(await repository.ok({ args: ["hash-object", "-w", "--stdin", "--no-filters"], input: data }));
}

/** As `writeBlob`, for many in one process: git reads each from a file that only this user can read, and that goes at once. */
export async function writeBlobs(repository: Repository, all: readonly (string | Uint8Array)[]): Promise<string[]> {
  const [first, ...more] = all;
  if (first === undefined) return [];
  if (more.length === 0) return [await writeBlob(repository, first)];
  const folder = mkdtempSync(join(tmpdir(), "agentctl-blobs-"));
  try {
    const paths = all.map((data, index) => {
      const path = join(folder, String(index));
      writeFileSync(path, data, { mode: 0o600, flag: "wx" });
      return path;
    });
    const args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
    const oids = answered(await repository.ok({ args, input: paths.map((path) => `${path}\n`).join("") })).split("\n");
    if (oids.length === all.length) return oids;
    throw new AgentctlError("git/bad-answer", `git hash-object named ${oids.length} of ${all.length} blobs`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Stores a tree of any depth; answers the name of its root. Blobs must exist. One process: what git will call a folder is known before it is asked. */
export async function writeTree(repository: Repository, entries: readonly NewTreeEntry[]): Promise<string> {
  const folders = new Map<string, TreeLine[]>([["", []]]);
  const seen = new Set<string>();
  for (const { path, mode, oid } of entries) {
    if (seen.has(requireTreePath(path))) throw new AgentctlError("git/bad-path", `${JSON.stringify(path)} stands twice in the tree`);
    seen.add(path);
    for (let folder = parent(path); !folders.has(folder); folder = parent(folder)) folders.set(folder, []);
    folders.get(parent(path))?.push({ mode, type: mode === "160000" ? "commit" : "blob", oid: requireOid(oid), name: base(path) });
  }
  const clash = [...folders.keys()].find((folder) => seen.has(folder));
  if (clash !== undefined) throw new AgentctlError("git/bad-path", `${JSON.stringify(clash)} is both a file and a folder in the tree`);

  // The deepest first, so that each is there when its parent names it.
  const order = [...folders.keys()].toSorted((one, other) => depth(other) - depth(one));
  const oidLength = entries[0]?.oid.length ?? 40;
  const expected = order.map((folder) => {
    const oid = treeOid(folders.get(folder) ?? [], oidLength);
    if (folder !== "") folders.get(parent(folder))?.push({ mode: "40000", type: "tree", oid, name: base(folder) });
    return oid;
  });
  const input = order.map((folder) => `${(folders.get(folder) ?? []).map(({ mode, type, oid, name }) => `${mode} ${type} ${oid}\t${name}\0`).join("")}\0`);
  const oids = answered(await repository.ok({ args: ["mktree", "-z", "--batch"], input: input.join("") })).split("\n");
  const root = oids.at(-1) ?? "";
  if (oids.length === order.length && (entries.length === 0 || oids.every((oid, index) => oid === expected[index]))) return root;
  throw new AgentctlError("git/bad-answer", "git mktree named other trees than the ones that it was given");
}

/** Stores a commit; moves no ref. */
export async function commitTree(repository: Repository, commit: NewCommit, clock: Clock = systemClock): Promise<string> {
  const { name, email } = commit.author;
  if (/[<>\p{Cc}]/u.test(name + email) || name.trim() === "") {
    throw new AgentctlError("git/bad-name", `${JSON.stringify(`${name} <${email}>`)} cannot be the author of a commit`, { exit: "usage" });
  }
  const date = isoTime(clock.nowMs());
  const parents = commit.parents.flatMap((oid) => ["-p", requireOid(oid)]);
  const env = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
  return answered(await repository.ok({ args: ["commit-tree", "--no-gpg-sign", ...parents, requireOid(commit.tree)], input: commit.message, env }));
}

/** A ref moves from `old` (undefined: it must not exist) to `next` (undefined: it is deleted; where both are, it must not exist, and that is all). */
export interface RefStep {
  ref: string;
  next: string | undefined;
  old: string | undefined;
}

/** Moves one ref, as `updateRefs` does. */
export function updateRef(repository: Repository, ref: string, next: string | undefined, old: string | undefined): Promise<void> {
  return updateRefs(repository, [{ ref, next, old }]);
}

/** Moves refs together or not at all, as one step against every other process. Error `git/ref-moved` when one of them stood elsewhere, or is held by another git. */
export async function updateRefs(repository: Repository, steps: readonly RefStep[]): Promise<void> {
  const named = steps.flatMap(({ next, old }) => next ?? old ?? []);
  const zero = "0".repeat(named[0]?.length ?? 40);
  const lines = steps.map(({ ref, next, old }) => {
    if (next !== undefined) return `update ${requireRef(ref)} ${requireOid(next)} ${requireOid(old ?? zero)}`;
    return old === undefined ? `verify ${requireRef(ref)} ${zero}` : `delete ${requireRef(ref)} ${requireOid(old)}`;
  });
  const answer = await repository.run({ args: ["update-ref", "--stdin"], input: ["start", ...lines, "prepare", "commit", ""].join("\n") });
  if (answer.exitCode === 0) return;
  const [, lock] = /Unable to create '([^']+\.lock)': File exists/.exec(answer.stderr) ?? [];
  if (lock !== undefined) {
    throw new AgentctlError("git/ref-moved", `another git holds ${lock}; nothing was changed`, {
      hint: `try again; where no git runs any more: rm '${lock}'`,
      details: { lock, stderr: answer.stderr.trim() },
    });
  }
  if (/cannot lock ref|reference already exists|but expected/.test(answer.stderr)) {
    const moved = steps.find(({ ref }) => answer.stderr.includes(`'${ref}'`)) ?? steps[0];
    throw new AgentctlError("git/ref-moved", `${moved?.ref} is not at ${moved?.old?.slice(0, 10) ?? "nothing"} any more; nothing was changed`, {
      hint: "look at what moved it, then try again",
      details: { ref: moved?.ref, expected: moved?.old, stderr: answer.stderr.trim() },
    });
  }
  throw gitFailed(["update-ref"], answer);
}

const answered = (output: Buffer): string => output.toString("latin1").trim();
const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const base = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const depth = (folder: string): number => (folder === "" ? 0 : folder.split("/").length);
