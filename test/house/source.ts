import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Import {
  file: string;
  line: number;
  /** A path from the root, or the name of a package. */
  to: string;
  /** Not inside a function; type-only imports cost nothing and are left out. */
  topLevel: boolean;
}

/** Files that git tracks or would, relative to the root. */
export function files(pattern: RegExp): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  return listed.split("\0").filter((file) => pattern.test(file) && existsSync(join(root, file)));
}

export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** What a TypeScript file imports; every statement is formatted by oxfmt, so a regular expression sees them all. */
export function imports(file: string): Import[] {
  const text = read(file);
  const found: Import[] = [];
  const add = (index: number, specifier: string, topLevel: boolean): void => {
    const to = specifier.startsWith(".") ? relative(root, normalize(join(root, dirname(file), specifier))) : specifier;
    found.push({ file, line: text.slice(0, index).split("\n").length, to, topLevel });
  };
  for (const match of text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^"';]*?\sfrom\s)?"([^"]+)"/gm)) add(match.index, match[1] ?? "", true);
  for (const match of text.matchAll(/\b(?:await )?(?:import|require)\("([^"]+)"\)/g)) {
    if (!text.slice(Math.max(0, match.index - 7), match.index).includes("typeof")) add(match.index, match[1] ?? "", false);
  }
  return found;
}
