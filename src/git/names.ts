import { AgentctlError } from "../base/errors.ts";

/** What may be handed to git as a name. Names come from people and from documents; git itself accepts `--upload-pack=x` as a branch. */

const oid = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const ref = /^refs(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){2,8}$/;
const revision = /^[A-Za-z0-9@_][A-Za-z0-9._/@{}^~-]{0,199}$/;

/** Whether `text` is a full object name, SHA-1 or SHA-256. */
export function isOid(text: string): boolean {
  return oid.test(text);
}

/** A full object name; anything else is an error. */
export function requireOid(text: string): string {
  if (isOid(text)) return text;
  throw new AgentctlError("git/bad-name", `${JSON.stringify(text)} is not a full object name`, { exit: "usage" });
}

/** A full ref name such as `refs/heads/main`: letters, digits, `._-`; no segment is `HEAD`, ends in `.lock` or `.`, or holds `..`. */
export function requireRef(text: string): string {
  const segments = text.split("/");
  const odd = segments.some((segment) => /^head$/i.test(segment) || segment.endsWith(".lock") || segment.endsWith(".") || segment.includes(".."));
  if (ref.test(text) && !odd) return text;
  throw new AgentctlError("git/bad-name", `${JSON.stringify(text)} is not a ref name that agentctl uses`, {
    hint: "full names such as refs/heads/main, of letters, digits and . _ -",
    exit: "usage",
  });
}

/** Something that names a commit, such as `main~1`, `HEAD`, `v1.2`, a short object name; never an option, never more than one line. */
export function requireRevision(text: string): string {
  if (revision.test(text) && !text.includes("..")) return text;
  throw new AgentctlError("git/bad-name", `${JSON.stringify(text)} does not name a commit`, {
    hint: "a branch, a tag, a commit, or one of these with ~1 or ^",
    exit: "usage",
  });
}

/** A path inside a tree: relative, `/` between, nothing that could leave the tree or become a `.git`. */
export function requireTreePath(path: string): string {
  const bad = path.split("/").some((segment) => segment === "" || segment === "." || segment === ".." || isDotGit(segment));
  if (!bad && !/[\p{Cc}\\]/u.test(path) && path.isWellFormed()) return path;
  throw new AgentctlError("git/bad-path", `${JSON.stringify(path)} cannot be a path in a commit`, { exit: "usage" });
}

/** Folders to look below, checked and without a slash at their end; none for "", which is everything. */
export function treePaths(prefix: string | readonly string[]): string[] {
  return [prefix].flat().flatMap((path) => (path === "" ? [] : [requireTreePath(path.replace(/\/$/, ""))]));
}

/** `.git` in the spellings that case-blind and Windows file systems take for it. */
function isDotGit(segment: string): boolean {
  const plain = segment.normalize("NFKC").replaceAll(/[\u200b-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "");
  return /^(\.git|git~\d+)[. ]*(:.*)?$/i.test(plain);
}
