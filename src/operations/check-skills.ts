import type { Finding } from "../base/finding.ts";
import { reportPassed, type Report } from "../base/report.ts";
import { scanJavaScript } from "../scan/oxlint.ts";
import { scanPython } from "../scan/ruff.ts";
import { scanSecrets } from "../scan/secrets.ts";
import type { ScanFile } from "../scan/source.ts";
import { fileKind } from "../skill/file-kind.ts";
import { checkRules } from "../skill/rules.ts";
import { shellcheck, type ScanPlace } from "./shellcheck-skill.ts";
import { openShelf, type ShelvedSkill } from "./skill-shelf.ts";
import { version } from "./version.ts";

export interface SkillsChecked {
  report: Report;
  passed: boolean;
}

/**
 * Checks skills with everything we have: the format, prose rules, ruff, oxlint, shellcheck, secretlint. Without names, all of the workspace.
 * Nothing of a skill is run. `strict`: a warning is an error too. Errors: `skill/unknown`, `skill/bad-name`.
 */
export async function checkSkills(asked: { cwd: string; env: NodeJS.ProcessEnv; names: readonly string[]; strict: boolean }): Promise<SkillsChecked> {
  const shelf = await openShelf(asked);
  const places = asked.names.length > 0 ? asked.names.map((name) => shelf.place(name)) : shelf.places.filter((place) => place.origin === "workspace");
  const skills = await Promise.all(places.map((place) => shelf.read(place)));
  const found = await scanSkills(skills, { workspace: shelf.workspace, env: asked.env });
  const checks = skills.map(({ name, folder }, index) => ({ name, file: `${folder}/SKILL.md`, findings: stricter(found[index] ?? [], asked.strict) }));
  if (shelf.findings.length > 0) checks.unshift({ name: "lock", file: "skills/lock.yaml", findings: shelf.findings });
  const report = { tool: "agentctl skill check", version, checks };
  return { report, passed: reportPassed(report) };
}

/** What reading and all analysers find in each skill, in the order of the skills; by file and line within one. */
export async function scanSkills(skills: readonly ShelvedSkill[], where: ScanPlace): Promise<Finding[][]> {
  const texts = skills.map(textsOf);
  // One container for the scripts of all of them.
  const shell = shellcheck(texts.flat(), where);
  const findings: Finding[][] = [];
  for (const [index, { folder, files, skill, findings: read }] of skills.entries()) {
    const scanFiles = texts[index] ?? [];
    const networked = (skill?.hosts.length ?? 0) > 0;
    const found = [
      ...read,
      ...checkRules(folder, files, { env: skill?.env ?? [], hosts: skill?.hosts ?? [] }),
      ...scanPython(scanFiles, { networked }),
      ...(await scanJavaScript(scanFiles, { networked })),
      ...(await scanSecrets(scanFiles)),
    ];
    findings.push(found);
  }
  const byFolder = new Map(skills.map(({ folder }, index) => [folder, findings[index] ?? []]));
  for (const finding of await shell) byFolder.get(finding.file?.split("/").slice(0, 2).join("/") ?? "")?.push(finding);
  return findings.map((list) => list.toSorted(byPlace));
}

function textsOf({ folder, files }: Pick<ShelvedSkill, "folder" | "files">): ScanFile[] {
  return files.flatMap(({ path, data }) => {
    const found = fileKind(path, data);
    return found.kind === "text" ? [{ file: `${folder}/${path}`, path, text: found.text }] : [];
  });
}

function stricter(findings: Finding[], strict: boolean): Finding[] {
  return strict ? findings.map((finding) => (finding.level === "warning" ? { ...finding, level: "error" } : finding)) : findings;
}

function byPlace(a: Finding, b: Finding): number {
  const [fileA, fileB] = [a.file ?? "", b.file ?? ""];
  return fileA < fileB ? -1 : fileA > fileB ? 1 : (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
