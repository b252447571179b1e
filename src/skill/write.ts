import { stringify } from "yaml";

/** The frontmatter of a skill, in the keys of the format. */
export interface SkillFrontmatter {
  name: string;
  description: string;
  license?: string | undefined;
  compatibility?: string | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
  "allowed-tools"?: string | undefined;
}

/** The text of SKILL.md. Read back, it gives the same values. */
export function writeSkill(front: SkillFrontmatter, body: string): string {
  const { name, description, license, compatibility, metadata, "allowed-tools": allowedTools } = front;
  const keys = { name, description, license, compatibility, "allowed-tools": allowedTools, metadata };
  return `---\n${stringify(keys, { version: "1.2", schema: "core", lineWidth: 160 })}---\n${body}`;
}
