import type { Finding } from "../base/finding.ts";

/** A text to be analysed. `file` is how findings name it, `path` is relative to the skill. */
export interface ScanFile {
  file: string;
  path: string;
  text: string;
}

/** Larger files are not analysed, and that is said; of one rule in one file, only so many findings are kept. */
export const scanBounds = { characters: 1024 * 1024, sameRule: 10 } as const;

/** Files in a folder of tests: they may start processes and use /tmp, which is what tests do. */
export function isTest(path: string): boolean {
  return /(?:^|\/)tests?\//.test(path);
}

/** The files with one of these endings that are small enough, and a warning for each that is not. */
export function scannable(files: readonly ScanFile[], endings: readonly string[], tool: string): { files: ScanFile[]; findings: Finding[] } {
  const chosen = files.filter((file) => endings.some((ending) => file.path.endsWith(ending)));
  const large = chosen.filter((file) => file.text.length > scanBounds.characters);
  return {
    files: chosen.filter((file) => file.text.length <= scanBounds.characters),
    findings: large.map(({ file, text }) => ({
      rule: "scan/not-analysed",
      level: "warning",
      message: `the file has ${text.length} characters; ${tool} is given at most ${scanBounds.characters}`,
      file,
    })),
  };
}

/** At most ten findings of a rule in a file; the rest are counted in the last. */
export function limited(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>();
  const kept = findings.filter((finding) => {
    const key = `${finding.rule} ${finding.file}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= scanBounds.sameRule;
  });
  const last = new Map(kept.map((finding, index) => [`${finding.rule} ${finding.file}`, index]));
  for (const [key, count] of counts) {
    const index = last.get(key);
    const finding = index === undefined ? undefined : kept[index];
    if (count > scanBounds.sameRule && index !== undefined && finding !== undefined)
      kept[index] = { ...finding, message: `${finding.message} (and ${count - scanBounds.sameRule} more like it)` };
  }
  return kept;
}

/** A message of a tool as one of ours: one line, lower case first, no full stop. */
export function worded(message: string): string {
  const line = (message.split("\n")[0] ?? "").trim().replace(/\.$/, "");
  return /^[A-Z][a-z]/.test(line) ? line.charAt(0).toLowerCase() + line.slice(1) : line;
}
