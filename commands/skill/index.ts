import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SkillRow } from "../../src/operations/list-skills.ts";

export default class Skill extends AgentctlCommand {
  static override summary = "List the skills: those of the workspace, then those that come with agentctl.";
  static override description =
    "uses, ok (the part that ended well) and last come from the record. A skill of the workspace marked * hides one of the same name that comes with agentctl.";
  static override examples = ["<%= config.bin %> skill", "<%= config.bin %> skill --json | jq '.[] | select(.trust == \"untrusted\")'"];

  async run(): Promise<SkillRow[]> {
    const [{ listSkills }, { skillList }] = await Promise.all([import("../../src/operations/list-skills.ts"), import("../../src/cli/skill-lines.ts")]);
    const rows = await listSkills({ cwd: process.cwd(), env: process.env, warn: (text) => this.words(`warn  ${text}`) });
    for (const line of skillList(rows)) this.data(line);
    return rows;
  }
}
