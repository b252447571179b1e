import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SkillRemoved } from "../../src/operations/remove-skill.ts";

export default class SkillRm extends AgentctlCommand {
  static override summary = "Remove a skill from the workspace: its folder, and its entry in skills/lock.yaml.";
  static override description = "Refused when files would be lost that git does not have, unless --yes.";
  static override examples = ["<%= config.bin %> skill rm csv-tools"];
  static override args = { name: Args.string({ description: "the skill", required: true }) };
  static override flags = { yes: Flags.boolean({ description: "also when files are lost for good" }) };

  async run(): Promise<SkillRemoved> {
    const { args, flags } = await this.parse(SkillRm);
    const { removeSkill } = await import("../../src/operations/remove-skill.ts");
    const removed = await removeSkill({ cwd: process.cwd(), env: process.env, name: args.name, yes: flags.yes });
    this.data(`removed  ${removed.folder}${removed.lost.length === 0 ? "" : `  ${removed.lost.length} files that git did not have`}`);
    return removed;
  }
}
