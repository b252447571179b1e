import { AgentctlError } from "../base/errors.ts";
import { place } from "../base/finding.ts";
import { safeText } from "../base/safe-text.ts";
import type { Skill } from "../skill/skill.ts";
import type { ShelvedSkill } from "./skill-shelf.ts";

export type UsableSkill = ShelvedSkill & { skill: Skill };

/** A skill that could be read. Error (exit usage): `skill/broken` with every finding. */
export function usable(shelved: ShelvedSkill): UsableSkill {
  const { name, skill, findings } = shelved;
  if (skill !== undefined) return { ...shelved, skill };
  const lines = findings.map((finding) => `${place(finding)}  ${safeText(finding.message, { oneLine: true })}`);
  throw new AgentctlError("skill/broken", `the skill ${name} cannot be used:\n  ${lines.join("\n  ")}`, {
    hint: `agentctl skill check ${name}`,
    exit: "usage",
    details: findings,
  });
}
