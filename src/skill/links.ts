import { posix } from "node:path";
import type { Finding } from "../base/finding.ts";
import { withoutCode } from "./markdown.ts";
import { lineStarts, placeAt } from "./plain-text.ts";

/** Links of a Markdown file: to an absolute path is an error, out of the folder or to nothing a warning. `path` is the file's own, `paths` are all files of the skill. */
export function checkLinks(folder: string, path: string, text: string, paths: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const starts = lineStarts(text);
  for (const { target, offset } of linksOf(withoutCode(text))) {
    const problem = problemOf(path, target, paths);
    if (problem !== undefined) findings.push({ ...problem, file: `${folder}/${path}`, ...placeAt(starts, offset) });
  }
  return findings;
}

function problemOf(path: string, target: string, paths: ReadonlySet<string>): Pick<Finding, "rule" | "level" | "message"> | undefined {
  if (/^file:/i.test(target) || target.startsWith("/") || target.startsWith("~"))
    return { rule: "skill/link-out", level: "error", message: `the link ${JSON.stringify(target)} leads to a file outside the skill` };
  if (target === "" || target.startsWith("#") || /^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const plain = decoded(target.replace(/[?#].*$/, ""));
  const resolved = posix.normalize(posix.join(posix.dirname(path), plain));
  if (resolved.startsWith(".."))
    return { rule: "skill/link-out", level: "warning", message: `the link ${JSON.stringify(target)} leads out of the skill's folder` };
  const folder = resolved.replace(/\/$/, "");
  if (folder === "." || paths.has(folder) || [...paths].some((file) => file.startsWith(`${folder}/`))) return undefined;
  return { rule: "skill/broken-link", level: "warning", message: `the link ${JSON.stringify(target)} leads to no file of the skill` };
}

function* linksOf(text: string): Generator<{ target: string; offset: number }> {
  for (const found of text.matchAll(/\]\([ \t]{0,4}<?([^)\s>]{1,500})/g)) yield { target: found[1] ?? "", offset: found.index + 2 };
  for (const found of text.matchAll(/^[ ]{0,3}\[[^\]\n]{1,100}\]:[ \t]{1,4}<?([^\s>]{1,500})/gm)) yield { target: found[1] ?? "", offset: found.index };
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
