/** 1 to 64 of a-z, 0-9 and single hyphens inside: what the Agent Skills format allows, and safe as a folder name on every system. */
export const namePattern = "^[a-z0-9]+(-[a-z0-9]+)*$";

const shape = new RegExp(namePattern);

/** Whether it may name a skill. */
export function isSkillName(name: string): boolean {
  return name.length <= 64 && shape.test(name);
}

/** The nearest name that is allowed, e.g. `My Skill_2` → `my-skill-2`; undefined when nothing is left. */
export function toSkillName(text: string): string | undefined {
  const name = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? undefined : name;
}
