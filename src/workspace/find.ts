import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AgentctlError, messageOf } from "../base/errors.ts";

/** A git working tree that agentctl works on. All paths are absolute. */
export interface Workspace {
  /** The folder that holds `.git`. */
  root: string;
  /** The git folder of this working tree. */
  gitDir: string;
  /** The git folder that all worktrees of the repository share. */
  commonDir: string;
  /** Journal, ledger, halt: AGENTCTL_STATE_DIR (relative to the root), else `<commonDir>/agentctl`. May not exist yet. */
  stateDir: string;
}

export const configFile = "agentctl.yaml";

/**
 * Finds the workspace around `cwd` by reading files only: no git process, no `GIT_*` variables.
 * Only an entry named `.git` counts, so a bare repository hidden in the tree is never taken for ours.
 * Errors (exit usage): `workspace/no-repository`; with `initialised`, `workspace/not-initialised` when there is no agentctl.yaml;
 * `workspace/no-state` (exit failed) when something else stands in the state folder's place.
 */
export function findWorkspace(cwd: string, env: NodeJS.ProcessEnv = process.env, options: { initialised?: boolean } = {}): Workspace {
  const start = resolve(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    const gitDir = gitDirIn(folder);
    if (gitDir !== undefined) {
      if (options.initialised === true && !isFile(join(folder, configFile))) {
        throw new AgentctlError("workspace/not-initialised", `${folder} is a git repository without ${configFile}`, { hint: "agentctl init", exit: "usage" });
      }
      const commonDir = commonDirOf(gitDir);
      const override = env["AGENTCTL_STATE_DIR"];
      const stateDir = override ? resolve(folder, override) : join(commonDir, "agentctl");
      // A file in its place would look like a record without runs.
      const wrong = notAFolder(stateDir);
      if (wrong !== undefined) throw noState(stateDir, wrong);
      return { root: folder, gitDir, commonDir, stateDir };
    }
    if (folder === dirname(folder)) break;
  }
  throw new AgentctlError("workspace/no-repository", `${start} is not inside a git repository`, { hint: "agentctl init", exit: "usage" });
}

/** As `findWorkspace`, for what also works without one: undefined outside any repository. */
export function workspaceAround(cwd: string, env: NodeJS.ProcessEnv): Workspace | undefined {
  try {
    return findWorkspace(cwd, env);
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.code === "workspace/no-repository") return undefined;
    throw thrown;
  }
}

/**
 * Makes the state folder (0700) when it is missing, closes it to others when it is open, and returns its path. One that belongs to somebody else is
 * refused, unless the repository belongs to them too (root in a user's repository): in a shared place others may have made it first, to own the record.
 */
export function ensureStateDir(workspace: Pick<Workspace, "stateDir"> & Partial<Pick<Workspace, "commonDir">>): string {
  const { stateDir } = workspace;
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const found = lstatSync(stateDir);
    if (!found.isDirectory()) throw new Error("it is a link or a file");
    const ours = [process.getuid?.(), workspace.commonDir && statSync(workspace.commonDir).uid];
    if (process.platform !== "win32" && !ours.includes(found.uid)) throw new Error("it belongs to another user");
    if (process.platform !== "win32" && (found.mode & 0o077) !== 0) chmodSync(stateDir, 0o700);
  } catch (cause) {
    throw noState(stateDir, messageOf(cause), cause);
  }
  return stateDir;
}

/** Why a path that is there, or may be there, can be no state folder; undefined when it is one, or nothing yet. */
function notAFolder(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false ? "it is a link or a file" : undefined;
  } catch (cause) {
    return messageOf(cause);
  }
}

function noState(stateDir: string, why: string, cause?: unknown): AgentctlError {
  return new AgentctlError("workspace/no-state", `the state folder ${stateDir} cannot be used: ${why}`, {
    hint: "make it a folder that you can write to, or set AGENTCTL_STATE_DIR to one",
    cause,
  });
}

/** The git folder that `folder/.git` is or points to; undefined when there is none, or when it is no git folder (git walks on too). */
function gitDirIn(folder: string): string | undefined {
  const entry = join(folder, ".git");
  const kind = statSync(entry, { throwIfNoEntry: false });
  if (kind === undefined) return undefined;
  if (kind.isDirectory()) return isGitDir(entry) ? entry : undefined;
  const pointer = /^gitdir: (.+?)\r?\n?$/.exec(readText(entry) ?? "")?.[1];
  if (pointer === undefined) return undefined;
  const target = resolve(folder, pointer);
  if (isGitDir(target)) return target;
  throw new AgentctlError("workspace/broken-pointer", `${entry} points to ${target}, which is not a git folder`, {
    hint: "git worktree repair",
    exit: "usage",
  });
}

function isGitDir(folder: string): boolean {
  const common = commonDirOf(folder);
  return [join(folder, "HEAD"), join(common, "objects"), join(common, "refs")].every((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

/** A worktree's own git folder names the shared one in `commondir`. */
function commonDirOf(gitDir: string): string {
  const named = readText(join(gitDir, "commondir"))?.trim();
  return named ? resolve(gitDir, named) : gitDir;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
