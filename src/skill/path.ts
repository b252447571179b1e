import { hiddenKind } from "../base/safe-text.ts";
import { skillBounds } from "./skill.ts";

/** Why a path may not be one of a skill's files, or undefined when it may: relative, `/`, no way out, nothing git or another system reads differently. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.length > skillBounds.pathCharacters) return `it has ${path.length} characters; at most ${skillBounds.pathCharacters} are allowed`;
  if ([...path].some((character) => character === "\n" || character === "\t" || hiddenKind(character.codePointAt(0) ?? 0) !== undefined))
    return "it holds characters that cannot be seen";
  if (path.includes("\\")) return "it holds a backslash";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "it is absolute";
  const segments = path.split("/");
  if (segments.includes("..")) return "it leads out of the folder";
  if (segments.some((segment) => segment === "" || segment === ".")) return 'it has an empty or "." part';
  if (segments.some((segment) => segment.toLowerCase() === ".git")) return "it lies in a .git folder";
  return undefined;
}

/** Paths that some file systems cannot tell apart: the same but for case or Unicode form. */
export function pathClashes(paths: readonly string[]): [string, string][] {
  const seen = new Map<string, string>();
  const clashes: [string, string][] = [];
  for (const path of paths) {
    const folded = path.normalize("NFC").toLowerCase();
    const before = seen.get(folded);
    if (before === undefined) seen.set(folded, path);
    else clashes.push([before, path]);
  }
  return clashes;
}
