import { AgentctlError } from "../base/errors.ts";
import { requireOid, requireRef, treePaths } from "./names.ts";
import { gitFailed } from "./process.ts";
import type { Repository } from "./repository.ts";

/** Commits as git stores them, and what changes between trees. Nothing here reads an index, a working tree, attributes or a driver. */

export interface CommitObject {
  oid: string;
  tree: string;
  parents: string[];
  author: { name: string; email: string };
  /** By the committer's clock, ms. */
  committedMs: number;
  message: string;
  /** It carries a signature of its own; which is never looked at. */
  signed: boolean;
}

/** One side of a path that differs between two trees. */
export interface TreeChange {
  path: string;
  before?: { mode: string; oid: string } | undefined;
  after?: { mode: string; oid: string } | undefined;
}

const rawArgs = ["--stdin", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none"];

/** Reads the text of a commit object. Error `git/bad-answer`. */
export function readCommit(oid: string, data: Uint8Array): CommitObject {
  const text = Buffer.from(data).toString("utf8");
  const cut = text.indexOf("\n\n");
  const head = cut < 0 ? text : text.slice(0, cut);
  const fields = head.split("\n");
  const one = (name: string): string => fields.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
  const [, name = "", email = ""] = /^(.*?) ?<([^>]*)>/.exec(one("author")) ?? [];
  const seconds = Number(/> (-?\d+)/.exec(one("committer"))?.[1] ?? 0);
  const tree = one("tree");
  if (tree === "") throw new AgentctlError("git/bad-answer", `${oid} is no commit that can be read`, { hint: "git fsck" });
  return {
    oid,
    tree,
    parents: fields.filter((line) => line.startsWith("parent ")).map((line) => line.slice("parent ".length)),
    author: { name, email },
    committedMs: seconds * 1000,
    message: cut < 0 ? "" : text.slice(cut + 2),
    signed: fields.some((line) => line.startsWith("gpgsig")),
  };
}

/**
 * What differs between pairs of trees (or commits), path by path, without renames, sorted by path; one process for all pairs. Links and submodules are entries
 * like others.
 */
export async function treeChanges(repository: Repository, pairs: readonly (readonly [from: string, to: string])[]): Promise<TreeChange[][]> {
  if (pairs.length === 0) return [];
  const trees = await repository.trees([...new Set(pairs.flat())]);
  const asked = pairs.map(([from, to]) => `${trees.get(from) ?? ""} ${trees.get(to) ?? ""}`);
  const output = await repository.ok({
    args: ["diff-tree", ...rawArgs],
    input: [...new Set(asked)].map((line) => `${line}\n`).join(""),
  });
  const found = readRaw(output);
  return asked.map((line) => found.get(line) ?? []);
}

/**
 * What a commit changes against the one that is named as its parent; as `treeChanges`, for commits that are there, in one process however many they are. What a
 * repository says elsewhere of a commit's parents has no say.
 */
export async function commitChanges(repository: Repository, pairs: readonly (readonly [parent: string, commit: string])[]): Promise<TreeChange[][]> {
  if (pairs.length === 0) return [];
  const output = await repository.ok({
    args: ["diff-tree", ...rawArgs],
    input: pairs.map(([parent, commit]) => `${requireOid(commit)} ${requireOid(parent)}\n`).join(""),
  });
  const found = readRaw(output);
  return pairs.map(([, commit]) => found.get(commit) ?? []);
}

/** `from to\n` for each pair of trees that differs at all (of commits `commit NUL`), then `:mode mode oid oid X NUL path NUL`. */
function readRaw(output: Buffer): Map<string, TreeChange[]> {
  const found = new Map<string, TreeChange[]>();
  let list: TreeChange[] = [];
  for (let at = 0; at < output.length;) {
    if (output[at] !== 0x3a) {
      let end = at;
      while (end < output.length && output[end] !== 0x0a && output[end] !== 0) end += 1;
      list = [];
      found.set(output.toString("latin1", at, end), list);
      at = end + 1;
      continue;
    }
    const cut = output.indexOf(0, at);
    const end = output.indexOf(0, cut + 1);
    const [beforeMode = "", afterMode = "", before = "", after = ""] = output.toString("latin1", at + 1, cut).split(" ");
    list.push({
      path: output.toString("utf8", cut + 1, end),
      ...(beforeMode !== "000000" && { before: { mode: beforeMode, oid: before } }),
      ...(afterMode !== "000000" && { after: { mode: afterMode, oid: after } }),
    });
    at = end + 1;
  }
  return found;
}

/** Whether one commit is another one or lies in its history. */
export async function isAncestor(repository: Repository, older: string, newer: string): Promise<boolean> {
  const answer = await repository.run({ args: ["merge-base", "--is-ancestor", requireOid(older), requireOid(newer)] });
  if (answer.exitCode === 0 || answer.exitCode === 1) return answer.exitCode === 0;
  throw gitFailed(["merge-base"], answer);
}

/** How many commits of the first-parent history of a commit changed something below a path: a number that grows as long as history only goes on. */
export async function countChanges(repository: Repository, commit: string, path: string): Promise<number> {
  const output = await repository.ok({ args: ["rev-list", "--first-parent", "--count", requireOid(commit), "--", ...treePaths(path)] });
  return Number(output.toString("latin1").trim());
}

/** Refs below a prefix with the commits that they point to, in one process; `commit` is undefined where one points to something else. Sorted by name. */
export async function refCommits(repository: Repository, prefix: string): Promise<{ ref: string; oid: string; commit: CommitObject | undefined }[]> {
  const below = requireRef(`${prefix}/x`).slice(0, -2);
  const output = await repository.ok({
    args: ["for-each-ref", "--format=%(objecttype) %(objectname) %(raw:size) %(refname)%0a%(raw)", "--end-of-options", below],
  });
  const refs: { ref: string; oid: string; commit: CommitObject | undefined }[] = [];
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    const [, type, oid = "", size, ref = ""] = /^(\S+) ([0-9a-f]+) (\d+) (.+)$/.exec(output.toString("utf8", at, end)) ?? [];
    if (size === undefined) throw new AgentctlError("git/bad-answer", "git for-each-ref answered what cannot be read", { hint: "git fsck" });
    const data = output.subarray(end + 1, end + 1 + Number(size));
    refs.push({ ref, oid, commit: type === "commit" ? readCommit(oid, data) : undefined });
    at = end + 1 + Number(size) + 1;
  }
  return refs;
}
