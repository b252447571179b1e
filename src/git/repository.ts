import type { SourceFile } from "../base/document.ts";
import { AgentctlError } from "../base/errors.ts";
import { commitChanges, countChanges, isAncestor, readCommit, refCommits, treeChanges, type CommitObject, type TreeChange } from "./history.ts";
import { requireOid, requireRef, requireRevision, requireTreePath, treePaths } from "./names.ts";
import { readBatch, readTree, utf8, type GitObject, type TreeEntry } from "./objects.ts";
import { push } from "./push.ts";
import { Remembered } from "./remembered.ts";
import { status, type FileChange, type StatusOptions } from "./status.ts";
import { commitTree, updateRef, updateRefs, writeBlob, writeBlobs, writeTree, type NewCommit, type NewTreeEntry, type RefStep } from "./write.ts";
import { git, gitFailed, gitOk, type GitAnswer, type GitCall } from "./process.ts";

/** Where a repository lies; a `Workspace` is one. */
export interface RepositoryPlace {
  root: string;
  gitDir: string;
}

export interface Head {
  /** Undefined while there are no commits. */
  commit: string | undefined;
  /** Short name; undefined when HEAD is detached. */
  branch: string | undefined;
}

/** A file of a commit, as bytes. */
export interface TreeFile extends TreeEntry {
  data: Uint8Array;
}

/** Larger files are refused by `readFiles`, which is for documents. */
const documentBytesMax = 1024 * 1024;

/** One repository. Nothing done here starts a program that the repository names; only `status` looks at the working tree. */
export class Repository {
  readonly root: string;
  readonly gitDir: string;
  private readonly remembered = new Remembered();

  constructor(place: RepositoryPlace) {
    this.root = place.root;
    this.gitDir = place.gitDir;
  }

  async head(): Promise<Head> {
    const [symbolic, commit] = await Promise.all([this.run({ args: ["symbolic-ref", "HEAD"] }), this.run({ args: ["rev-parse", "--verify", "HEAD"] })]);
    if (symbolic.exitCode !== 0 && !/not a symbolic ref/.test(symbolic.stderr)) throw gitFailed(["symbolic-ref"], symbolic);
    if (commit.exitCode !== 0 && !/single revision/.test(commit.stderr)) throw gitFailed(["rev-parse"], commit);
    const branch = symbolic.exitCode === 0 ? symbolic.stdout.toString("utf8").trim() : undefined;
    return {
      commit: commit.exitCode === 0 ? commit.stdout.toString("latin1").trim() : undefined,
      branch: branch?.startsWith("refs/heads/") === true ? branch.slice("refs/heads/".length) : branch,
    };
  }

  /** The commit that a revision (`main~1`, a tag, a short name) stands for; undefined when there is none. */
  async resolve(revision: string): Promise<string | undefined> {
    return (await this.resolveAll([revision]))[0];
  }

  /** As `resolve`, for many in one process. */
  async resolveAll(revisions: readonly string[]): Promise<(string | undefined)[]> {
    const asked = revisions.map((revision) => `${requireRevision(revision)}^{commit}\n`).join("");
    const output = await this.ok({ args: ["cat-file", "--batch-check"], input: asked });
    return output
      .toString("utf8")
      .split("\n")
      .slice(0, revisions.length)
      .map((line) => /^([0-9a-f]{40,64}) commit /.exec(line)?.[1]);
  }

  /**
   * As `resolveAll`, and in the same process the file at `path` of the first revision's commit; undefined where there is none. `moved`: the revision changed
   * meanwhile, so that nobody knows which commit the file is of.
   */
  async resolveAllWith(
    revisions: readonly [string, ...string[]],
    path: string,
  ): Promise<{ commits: (string | undefined)[]; file: Uint8Array | undefined; moved: boolean }> {
    const asked = revisions.map((revision) => `${requireRevision(revision)}^{commit}`);
    const first = asked[0] ?? "";
    const found = await this.readObjects([...asked, `${first}:${requireTreePath(path)}`, first]);
    const commits = found.slice(0, asked.length).map((object) => (object?.type === "commit" ? object.oid : undefined));
    const [file, after] = found.slice(asked.length);
    return { commits, file: file?.type === "blob" ? file.data : undefined, moved: after?.oid !== commits[0] };
  }

  /** Every file, link and submodule below `prefix` (a path, or several; "" is all of it). `commit` may also be a tree. */
  async listTree(commit: string, prefix: string | readonly string[] = ""): Promise<TreeEntry[]> {
    const args = ["ls-tree", "-r", "-z", "-l", "--full-tree", requireOid(commit), "--", ...treePaths(prefix)];
    return this.remembered.once(args, async () => readTree(await this.ok({ args })));
  }

  async readBlob(oid: string): Promise<Uint8Array> {
    const [object] = await this.readObjects([requireOid(oid)]);
    if (object?.type === "blob") return object.data;
    throw new AgentctlError("git/missing-object", `there is no blob ${oid} in the repository`, { hint: "git fsck" });
  }

  /** The files below `prefix` with their bytes, in two processes however many they are. Links come with their target as data; submodules are left out. */
  async readTree(commit: string, prefix: string | readonly string[] = ""): Promise<TreeFile[]> {
    const entries = (await this.listTree(commit, prefix)).filter((entry) => entry.mode !== "160000");
    const unreadable = entries.find((entry) => entry.path.includes("\ufffd"));
    if (unreadable !== undefined)
      throw new AgentctlError("git/bad-path", `${JSON.stringify(unreadable.path)} in ${commit.slice(0, 10)} has a name that is not UTF-8`);
    const objects = await this.readObjects(entries.map((entry) => entry.oid));
    return entries.map((entry, index) => {
      const object = objects[index];
      if (object !== undefined) return { ...entry, data: object.data };
      throw new AgentctlError("git/missing-object", `${entry.path} of ${commit.slice(0, 10)} is missing in the repository`, { hint: "git fsck" });
    });
  }

  /** The documents below `prefix`; links and submodules are left out. Error `git/too-large` above 1 MiB, `git/not-text` when not UTF-8. */
  async readFiles(commit: string, prefix = ""): Promise<SourceFile[]> {
    const files = (await this.readTree(commit, prefix)).filter((file) => file.mode !== "120000");
    return files.map((file) => {
      if (file.bytes <= documentBytesMax) return { path: file.path, text: utf8(file.path, file.data) };
      throw new AgentctlError("git/too-large", `${file.path} has ${file.bytes} bytes; a document may have ${documentBytesMax}`);
    });
  }

  /** One file of a commit; undefined when it is not there or no file. */
  async readPath(commit: string, path: string): Promise<Uint8Array | undefined> {
    const name = `${requireOid(commit)}:${requireTreePath(path)}`;
    const [object] = await this.remembered.once(["object", name], () => this.readObjects([name]), isThere);
    return object?.type === "blob" ? object.data : undefined;
  }

  /** Commits by full name, in one process; undefined for what is none. */
  async readCommits(oids: readonly string[]): Promise<(CommitObject | undefined)[]> {
    const objects = await this.readObjects(oids.map(requireOid));
    return objects.map((object) => (object?.type === "commit" ? readCommit(object.oid, object.data) : undefined));
  }

  /** The trees of commits, by the name given. A tree is its own. Error `git/missing-object`. */
  async trees(oids: readonly string[]): Promise<Map<string, string>> {
    const output = await this.ok({ args: ["cat-file", "--batch-check"], input: oids.map((oid) => `${requireOid(oid)}^{tree}\n`).join("") });
    const lines = output.toString("latin1").split("\n");
    return new Map(
      oids.map((oid, index) => {
        const tree = /^([0-9a-f]{40,64}) tree /.exec(lines[index] ?? "")?.[1];
        if (tree !== undefined) return [oid, tree];
        throw new AgentctlError("git/missing-object", `there is no tree of ${oid} in the repository`, { hint: "git fsck" });
      }),
    );
  }

  /** Blobs by full name, in one process; undefined for what is none. */
  async readBlobs(oids: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const objects = await this.readObjects(oids.map(requireOid));
    return objects.map((object) => (object?.type === "blob" ? object.data : undefined));
  }

  /** This and the next four: see `history.ts`. */
  treeChanges(pairs: readonly (readonly [from: string, to: string])[]): Promise<TreeChange[][]> {
    return treeChanges(this, pairs);
  }

  commitChanges(pairs: readonly (readonly [parent: string, commit: string])[]): Promise<TreeChange[][]> {
    return commitChanges(this, pairs);
  }

  refCommits(prefix: string): Promise<{ ref: string; oid: string; commit: CommitObject | undefined }[]> {
    return refCommits(this, prefix);
  }

  isAncestor(older: string, newer: string): Promise<boolean> {
    return this.remembered.once(
      ["ancestor", older, newer],
      () => isAncestor(this, older, newer),
      (is) => is,
    );
  }

  countChanges(commit: string, path: string): Promise<number> {
    return this.remembered.once(["changes", commit, path], () => countChanges(this, commit, path));
  }

  /** The commit a ref points to; undefined when there is no such ref. */
  async readRef(ref: string): Promise<string | undefined> {
    const answer = await this.run({ args: ["rev-parse", "--verify", "--end-of-options", requireRef(ref)] });
    if (answer.exitCode === 0) return answer.stdout.toString("latin1").trim();
    if (/single revision/.test(answer.stderr)) return undefined;
    throw gitFailed(["rev-parse"], answer);
  }

  /** Refs below a prefix such as `refs/agentctl`, sorted by name; with `mergedInto` those whose commit lies in the history of that one. */
  async listRefs(prefix: string, options: { mergedInto?: string } = {}): Promise<{ ref: string; oid: string }[]> {
    const merged = options.mergedInto === undefined ? [] : [`--merged=${requireOid(options.mergedInto)}`];
    const below = requireRef(`${prefix}/x`).slice(0, -2);
    const output = await this.ok({ args: ["for-each-ref", "--format=%(objectname) %(refname)", ...merged, "--end-of-options", below] });
    return output
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ oid: line.slice(0, line.indexOf(" ")), ref: line.slice(line.indexOf(" ") + 1) }));
  }

  /**
   * The first commit of the history of HEAD, which names the repository wherever it is cloned; undefined while there are no commits.
   * Read once, whatever HEAD does meanwhile. Error `git/shallow` when the clone does not reach back that far.
   */
  firstCommit(): Promise<string | undefined> {
    return this.remembered.once(
      ["first"],
      () => this.readFirstCommit(),
      (first) => first !== undefined,
    );
  }

  private async readFirstCommit(): Promise<string | undefined> {
    const roots = ["rev-list", "--first-parent", "--max-parents=0", "HEAD"];
    const [answer, shallow] = await Promise.all([this.run({ args: roots }), this.ok({ args: ["rev-parse", "--is-shallow-repository"] })]);
    if (answer.exitCode !== 0 && /ambiguous argument 'HEAD'/.test(answer.stderr)) return undefined;
    if (shallow.toString("latin1").trim() === "true")
      throw new AgentctlError("git/shallow", "this clone is shallow: its first commit is not here", { hint: "git fetch --unshallow" });
    if (answer.exitCode !== 0) throw gitFailed(roots, answer);
    return answer.stdout.toString("latin1").trim();
  }

  /** See `status.ts`. */
  status(options?: StatusOptions): Promise<FileChange[]> {
    return status(this, options);
  }

  /** This and the next five: see `write.ts`. */
  writeBlob(data: string | Uint8Array): Promise<string> {
    return writeBlob(this, data);
  }

  writeBlobs(all: readonly (string | Uint8Array)[]): Promise<string[]> {
    return writeBlobs(this, all);
  }

  writeTree(entries: readonly NewTreeEntry[]): Promise<string> {
    return writeTree(this, entries);
  }

  commitTree(commit: NewCommit): Promise<string> {
    return commitTree(this, commit);
  }

  updateRef(ref: string, next: string | undefined, old: string | undefined): Promise<void> {
    return updateRef(this, ref, next, old);
  }

  updateRefs(steps: readonly RefStep[]): Promise<void> {
    return updateRefs(this, steps);
  }

  /** See `push.ts`. */
  push(remote: string, ref: string): Promise<{ url: string }> {
    return push(this, remote, ref);
  }

  /** Objects by name or `commit:path`; the caller has checked the names. */
  private async readObjects(names: readonly string[]): Promise<(GitObject | undefined)[]> {
    if (names.length === 0) return [];
    return readBatch(await this.ok({ args: ["cat-file", "--batch"], input: names.map((name) => `${name}\n`).join("") }), names.length);
  }

  /** Runs git in this repository; for this room only. */
  run(call: Omit<GitCall, "cwd" | "gitDir">): Promise<GitAnswer> {
    return git({ ...call, cwd: this.root, gitDir: this.gitDir });
  }

  /** As `run`; any exit code but 0 is an error. */
  ok(call: Omit<GitCall, "cwd" | "gitDir">): Promise<Buffer> {
    return gitOk({ ...call, cwd: this.root, gitDir: this.gitDir });
  }
}

function isThere([object]: readonly (GitObject | undefined)[]): boolean {
  return object !== undefined;
}

/** Opens the repository of a workspace; starts nothing yet. */
export function openRepository(place: RepositoryPlace): Repository {
  return new Repository(place);
}
