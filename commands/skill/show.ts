import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SkillReport } from "../../src/operations/show-skill.ts";

export default class SkillShow extends AgentctlCommand {
  static override summary = "Show everything about a skill: what it takes and gives, its limits, files, trust, statistics, and what is wrong with it.";
  static override examples = ["<%= config.bin %> skill show market-stats", "<%= config.bin %> skill show market-stats --json | jq .inputSchema"];
  static override args = { name: Args.string({ description: "the skill", required: true }) };

  async run(): Promise<SkillReport> {
    const { args } = await this.parse(SkillShow);
    const [{ showSkill }, { skillLines }] = await Promise.all([import("../../src/operations/show-skill.ts"), import("../../src/cli/skill-lines.ts")]);
    const report = await showSkill({ cwd: process.cwd(), env: process.env, name: args.name, warn: (text) => this.words(`warn  ${text}`) });
    for (const line of skillLines(report)) this.data(line);
    return report;
  }
}
