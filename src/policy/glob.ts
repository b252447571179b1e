import { createRequire } from "node:module";
import type Picomatch from "picomatch";

const require = createRequire(import.meta.url);
let picomatch: typeof Picomatch | undefined;

/** What a pattern is matched against; hosts know no case. */
export type GlobKind = "path" | "name" | "host";

export interface Glob {
  pattern: string;
  test(value: string): boolean;
}

const globLimits = { characters: 200, wildcards: 4, globstars: 2, starsPerSegment: 2 };

/**
 * Compiles one glob: `*` within a segment, `**` across segments, `?`, `{a,b}`; a leading dot is an ordinary character.
 * For hosts `*.example.com` stands for one label or more, and not for example.com. Answers words when the pattern is refused:
 * what could backtrack for long (many stars, groups, extended globs) or means something else than it looks (`!`, `[…]`, `{1..9}`).
 */
export function compileGlob(pattern: string, kind: GlobKind): Glob | { problem: string } {
  const problem = refused(pattern, kind);
  if (problem !== undefined) return { problem };
  if (pattern === "**" || (pattern === "*" && kind !== "path")) return { pattern, test: () => true };
  if (!/[*?{]/.test(pattern)) {
    if (kind !== "host") return { pattern, test: (value) => value === pattern };
    const literal = pattern.toLowerCase();
    return { pattern, test: (value) => value.toLowerCase() === literal };
  }
  picomatch ??= require("picomatch") as typeof Picomatch;
  const regex = picomatch.makeRe(pattern, { dot: true, nocase: kind === "host", noextglob: true, nonegate: true, strictSlashes: true });
  return { pattern, test: (value) => regex.test(value) };
}

function refused(pattern: string, kind: GlobKind): string | undefined {
  if (pattern === "" || pattern.length > globLimits.characters) return `a pattern has 1 to ${globLimits.characters} characters`;
  if (/\p{Cc}|\\/u.test(pattern)) return "a pattern holds no backslash and no control character";
  if (pattern.startsWith("!")) return "a pattern cannot start with !; write the exception in `when`, e.g. !glob(path, 'docs/**')";
  if (/[()|[\]"]|\+\+|\.\.\./.test(pattern)) return "groups, classes, quotes and alternatives with | are not part of patterns; use {a,b}";
  if (/[{}]/.test(pattern.replaceAll(/\{[^{}]*,[^{}]*\}/g, ""))) return "braces list alternatives, {a,b}, neither nested nor ranges";
  const segments = pattern.split("/");
  if (kind !== "path" && segments.length > 1) return `a ${kind} holds no /`;
  if (kind === "path" && segments.some((segment) => segment === ".." || segment === "")) return "a path pattern is relative, without .. and empty segments";
  const stars = segments.map((segment) => segment.match(/\*/g)?.length ?? 0);
  const globstars = segments.filter((segment) => segment === "**").length;
  if (segments.some((segment) => segment !== "**" && segment.includes("**"))) return "** stands alone between slashes";
  if (globstars > globLimits.globstars) return `a pattern has at most ${globLimits.globstars} times **`;
  if (stars.some((count) => count > globLimits.starsPerSegment)) return `a segment has at most ${globLimits.starsPerSegment} times *`;
  const wildcards = stars.reduce((sum, count) => sum + count, 0) - globstars;
  return wildcards > globLimits.wildcards ? `a pattern has at most ${globLimits.wildcards} wildcards` : undefined;
}
