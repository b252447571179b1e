import type { Finding } from "../base/finding.ts";
import { assembleSkill } from "./assemble.ts";
import { readFrontmatter } from "./frontmatter.ts";
import { pathClashes, pathProblem } from "./path.ts";
import { skillBounds, type ReadMode, type Skill, type SkillInput } from "./skill.ts";

/**
 * Reads a skill from its files. `folder` is the skill's folder relative to the workspace, e.g. `skills/market-stats`; its last part is the name.
 * Never throws for bad input. Strict: any error means that there is no skill. Lenient: a skill needs readable frontmatter with a description, the
 * rest is reported and left out. `compile: false` leaves the schemas of input and output uncompiled: for lists, where 20 ms a skill count.
 */
export function readSkill(
  folder: string,
  files: readonly SkillInput[],
  mode: ReadMode,
  options: { compile?: boolean } = {},
): { skill?: Skill; findings: Finding[] } {
  const findings = checkFiles(folder, files);
  if (findings.length > 0) return { findings };
  const main =
    files.find((file) => file.path === "SKILL.md") ?? (mode === "lenient" ? files.find((file) => file.path.toLowerCase() === "skill.md") : undefined);
  const file = `${folder}/${main?.path ?? "SKILL.md"}`;
  const text = main === undefined ? { problem: "there is no SKILL.md" } : decode(main.data);
  if ("problem" in text) return { findings: [{ rule: "skill/frontmatter", level: "error", message: text.problem, file }] };

  const front = readFrontmatter(file, text.text, mode);
  findings.push(...front.findings);
  if (front.document === undefined) return { findings };
  const skill = assembleSkill({ folder, files, mode, document: front.document, findings, compile: options.compile ?? true }, front);
  const broken = skill === undefined || (mode === "strict" && findings.some((finding) => finding.level === "error"));
  return broken ? { findings } : { skill, findings };
}

function checkFiles(folder: string, files: readonly SkillInput[]): Finding[] {
  const error = (rule: string, path: string, message: string, hint?: string): Finding => ({
    rule: `skill/${rule}`,
    level: "error",
    message,
    file: path === "" ? folder : `${folder}/${path}`,
    hint,
  });
  const bytes = files.reduce((sum, file) => sum + file.data.byteLength, 0);
  const findings: Finding[] = [];
  if (files.length > skillBounds.files) findings.push(error("too-large", "", `the skill has ${files.length} files; at most ${skillBounds.files} are read`));
  if (bytes > skillBounds.totalBytes) findings.push(error("too-large", "", `the skill has ${bytes} bytes; at most ${skillBounds.totalBytes} are read`));
  for (const { path } of files) {
    const problem = pathProblem(path);
    if (problem !== undefined) findings.push(error("bad-path", path, `${JSON.stringify(path)} cannot be a file of a skill: ${problem}`));
  }
  for (const [first, second] of pathClashes(files.map((file) => file.path)))
    findings.push(error("bad-path", second, `${JSON.stringify(first)} and ${JSON.stringify(second)} are one file on some systems`, "rename one of them"));
  return findings;
}

function decode(data: Uint8Array): { text: string } | { problem: string } {
  if (data.byteLength > skillBounds.skillFileBytes) return { problem: `SKILL.md has ${data.byteLength} bytes; at most ${skillBounds.skillFileBytes} are read` };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(data) };
  } catch {
    return { problem: "SKILL.md is not UTF-8 text" };
  }
}
