import type { SkillInput } from "../../src/skill/skill.ts";

/** The files of a skill from a map of texts. */
export function filesOf(texts: Readonly<Record<string, string | Uint8Array>>): SkillInput[] {
  return Object.entries(texts).map(([path, text]) => ({ path, data: typeof text === "string" ? new TextEncoder().encode(text) : text }));
}

/** `rule line:column message` of each finding: what a test compares. */
export function brief(findings: readonly { rule: string; level: string; message: string; line?: number | undefined; column?: number | undefined }[]): string[] {
  return findings.map(({ rule, level, message, line, column }) => `${level} ${rule} ${line ?? ""}:${column ?? ""} ${message}`);
}
