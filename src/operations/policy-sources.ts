import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { yamlLimits, type SourceFile } from "../base/document.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import { status } from "../git/status.ts";
import { findWorkspace, type Workspace } from "../workspace/find.ts";
import { authorityCommit } from "./load-authority.ts";

/** The two places policies are read from: the protected commit, which decides, and the working tree, which is a draft. */
export interface PolicySources {
  workspace: Workspace;
  repository: Repository;
  /** Undefined while the repository has no commit. */
  commit: string | undefined;
  /** Files of policies/ in that commit. */
  committed(): Promise<SourceFile[]>;
  /** Files of policies/ on disk. */
  draft(): SourceFile[];
  /** Policies whose files on disk differ from the commit, by name. */
  edited(): Promise<Map<string, "edited" | "new" | "removed">>;
}

/** Opens both; reads no policy yet. Errors: no repository, a broken configuration, `workspace/no-authority`. A repository without commits is none. */
export async function openPolicies(cwd: string, env: NodeJS.ProcessEnv): Promise<PolicySources> {
  const workspace = findWorkspace(cwd, env);
  const repository = openRepository(workspace);
  const commit = await authorityCommit(repository, workspace, env);
  const committed = async (): Promise<SourceFile[]> => (commit === undefined ? [] : await repository.readFiles(commit, "policies"));
  return {
    workspace,
    repository,
    commit,
    committed,
    draft: () => readDraft(workspace.root, "policies", 0),
    async edited() {
      const names = new Map<string, "edited" | "new" | "removed">();
      const known = new Set(commit === undefined ? [] : (await repository.listTree(commit, "policies")).flatMap(({ path }) => policyOf(path)));
      const here = new Set(readDraft(workspace.root, "policies", 0).flatMap(({ path }) => policyOf(path)));
      const changed = commit === undefined ? [...here] : (await status(repository, { prefix: "policies", commit })).flatMap(({ path }) => policyOf(path));
      for (const name of changed) names.set(name, !known.has(name) ? "new" : here.has(name) ? "edited" : "removed");
      return names;
    },
  };
}

function policyOf(path: string): string[] {
  const name = /^policies\/([^/]+)\//.exec(path)?.[1];
  return name === undefined ? [] : [name];
}

const deepest = 4;

/** Plain files only: a link is not what would be committed as a policy. Of a file that is too large only so much is read that it is refused. */
function readDraft(root: string, folder: string, depth: number): SourceFile[] {
  if (depth > deepest) return [];
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return readDraft(root, path, depth + 1);
      return entry.isFile() ? [{ path, text: readBounded(join(root, path)) }] : [];
    });
}

function readBounded(path: string): string {
  const file = openSync(path, "r");
  try {
    // A character is at most four bytes of UTF-8.
    const buffer = Buffer.alloc(Math.min(fstatSync(file).size, 4 * yamlLimits.bytes + 1));
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < buffer.length; bytes += read) read = readSync(file, buffer, bytes, buffer.length - bytes, null);
    return buffer.toString("utf8", 0, bytes);
  } finally {
    closeSync(file);
  }
}

/** What to say when the draft differs from what decides; one line a policy. */
export function editWarnings(sources: PolicySources, edited: ReadonlyMap<string, string>): string[] {
  const { commit } = sources;
  if (commit === undefined) return ["the repository has no commits; policies take effect when they are committed"];
  return [...edited.keys()].map((name) => `policies/${name} differs from commit ${commit.slice(0, 7)}; edits take effect when they are committed`);
}
