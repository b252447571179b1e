import { basename, dirname } from "node:path/posix";
import type { Finding } from "../../base/finding.ts";
import type { ScanFile } from "../../scan/source.ts";
import { fileKind } from "../../skill/file-kind.ts";
import { checkRules } from "../../skill/rules.ts";
import type { ShelvedSkill } from "../skill-shelf.ts";
import { answer, counted } from "./answer.ts";
import { byPath, changedFiles, changedTexts, newOnly } from "./changed-files.ts";
import { changedSkills, type ChangedSkill } from "./changed-skills.ts";
import type { Gate, GateContext } from "./gate.ts";

/** Of a skill somebody has here already these are worth a warning; of one that is proposed they are a no. */
const refusedOfSkills = new Set([
  "skill/undeclared-host",
  "skill/undeclared-env",
  "skill/whole-environment",
  "skill/encoded-blob",
  "skill/archive",
  "skill/mixed-script",
  "skill/persistence",
  "skill/link-out",
  "skill/not-searched",
]);
/** What other texts are asked: what steers a model or hides from a person. They may speak of commands and places. */
const refusedOfTexts = new Set([
  "skill/override-phrase",
  "skill/hidden-text",
  "skill/hidden-instruction",
  "skill/mixed-script",
  "skill/fake-prerequisite",
  "skill/encoded-shell",
  "skill/reverse-shell",
  "skill/not-searched",
]);
const noted = new Set(["skill/pipe-to-shell", "skill/credential-path", "skill/persistence", "skill/bare-address"]);
const read = /\.(?:md|markdown|mdx|txt|rst|ya?ml|json|toml)$|(?:^|\/)(?:signers|license|readme|codeowners)$/i;

/** Prose that steers a model or a person, commands that run what they download, text that nobody sees, and what a skill uses but does not declare. */
export const prose: Gate = {
  name: "prose",
  async judge(context) {
    const files = await changedFiles(context);
    const skills = await changedSkills(context);
    const after = others(changedTexts(files, "after"));
    const before = others(changedTexts(files, "before"));
    const findings = [
      ...newOnly(after.flatMap(ofText), before.flatMap(ofText), { after: byPath(after), before: byPath(before) }),
      ...skills.flatMap(ofChangedSkill),
      ...ofWords(context),
    ];
    return answer(`${counted(skills.length, "skill")}, ${counted(after.length, "text")}`, findings, { skills: skills.map(({ name }) => name) });
  },
};

/** What is no skill's, and is text that people or models read, or code. */
function others(texts: readonly ScanFile[]): ScanFile[] {
  return texts.filter(({ path }) => !path.startsWith("skills/") && (read.test(path) || hides.test(path)));
}

/** Of code only what cannot be seen. */
const hides = /\.(?:py|js|mjs|cjs|ts|mts|sh|bash|sql)$/i;

function ofText({ file, path, text }: ScanFile): Finding[] {
  const folder = dirname(path);
  const found = checkRules(folder, [{ path: basename(path), data: Buffer.from(text) }], { env: [], hosts: [] });
  return found.flatMap((finding): Finding[] => {
    if (!read.test(path) && finding.rule !== "skill/hidden-text") return [];
    const level = refusedOfTexts.has(finding.rule) ? "error" : noted.has(finding.rule) ? "note" : undefined;
    return level === undefined ? [] : [{ ...finding, level, file }];
  });
}

function ofChangedSkill({ before, after }: ChangedSkill): Finding[] {
  if (after === undefined) return [];
  return newOnly(ofSkill(after), before === undefined ? [] : ofSkill(before), { after: textsOf(after), before: textsOf(before) });
}

function ofSkill({ folder, files, skill }: ShelvedSkill): Finding[] {
  return checkRules(folder, files, { env: skill?.env ?? [], hosts: skill?.hosts ?? [] }).map((finding) =>
    finding.level === "warning" && refusedOfSkills.has(finding.rule) ? { ...finding, level: "error" } : finding,
  );
}

function textsOf(skill: ShelvedSkill | undefined): Map<string, string> {
  const texts = (skill?.files ?? []).flatMap(({ path, data }): [string, string][] => {
    const found = fileKind(path, data);
    return found.kind === "text" ? [[`${skill?.folder}/${path}`, found.text]] : [];
  });
  return new Map(texts);
}

/** The words of the proposal are read by people who decide, and by models. */
function ofWords({ proposal }: GateContext): Finding[] {
  const name = "the words of the proposal.md";
  const text = [proposal.title, proposal.rationale, proposal.triggeredBy, proposal.proposer.name, ...proposal.evidence].join("\n\n");
  return ofText({ file: "the words of the proposal", path: name, text });
}
