import { AgentctlError } from "../../base/errors.ts";
import { requireTreePath } from "../../git/names.ts";
import { badPath } from "../../policy/refusal.ts";

/** A file that a model proposes: one of content, a file of the scratch, or that it goes. */
export interface ProposedFile {
  path: string;
  content?: string;
  from?: string;
  remove?: boolean;
}

export const proposalBounds = { files: 64, fileBytes: 1024 * 1024, bytes: 4 * 1024 * 1024 };

/**
 * Files that could stand beside each other in a commit, by paths that mean one file on every file system. What they would change is for people to judge.
 * Errors (exit usage): `tool/bad-proposal`, naming the file.
 */
export function requireProposable(files: readonly ProposedFile[]): readonly ProposedFile[] {
  const known = new Map<string, { path: string; removed: boolean }>();
  for (const file of files) {
    const why = pathProblem(file.path) ?? sourceProblem(file) ?? neighbourProblem(file, known);
    if (why !== undefined) {
      throw new AgentctlError("tool/bad-proposal", `${JSON.stringify(file.path)} cannot be proposed: ${why}`, {
        hint: "paths are relative to the repository, e.g. strategies/sma-cross/strategy.yaml",
        exit: "usage",
      });
    }
    known.set(folded(file.path), { path: file.path, removed: file.remove === true });
  }
  return files;
}

function pathProblem(path: string): string | undefined {
  if (path === ".") return "it is the workspace itself";
  const bad = badPath(path);
  if (bad !== undefined) return `the path ${bad}`;
  try {
    requireTreePath(path);
    return undefined;
  } catch {
    return "git keeps that path to itself";
  }
}

function sourceProblem({ content, from, remove }: ProposedFile): string | undefined {
  const given = [content !== undefined && "content", from !== undefined && "from", remove === true && "remove"].filter((name) => name !== false);
  if (given.length !== 1) return `it needs one of content, from and remove, and has ${given.length === 0 ? "none" : given.join(" and ")}`;
  if (content?.isWellFormed() === false) return "its content holds half of a surrogate pair";
  return undefined;
}

/** A file cannot lie in another one, and two names that differ by case are one file elsewhere. */
function neighbourProblem({ path, remove }: ProposedFile, known: ReadonlyMap<string, { path: string; removed: boolean }>): string | undefined {
  const same = known.get(folded(path));
  if (same?.path === path) return "it is named twice";
  if (same !== undefined) return `${same.path} differs from it only by case`;
  if (remove === true) return undefined;
  const kept = [...known].filter(([, { removed }]) => !removed);
  const mine = folded(path);
  const other = kept.find(([name]) => name.startsWith(`${mine}/`) || mine.startsWith(`${name}/`));
  return other === undefined ? undefined : `${other[1].path} would be a file and a folder`;
}

function folded(path: string): string {
  return path.normalize("NFKC").toLowerCase();
}
