import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SkillCreated } from "../../src/operations/new-skill.ts";

export default class SkillNew extends AgentctlCommand {
  static override summary = "Write a new skill that works, with tests that pass, to be changed into what you want.";
  static override examples = [
    "<%= config.bin %> skill new word-count --runner python",
    '<%= config.bin %> skill new tidy-json --runner node --description "Sorts the keys of a JSON file. Use before comparing two of them."',
  ];
  static override args = { name: Args.string({ description: "a-z, 0-9 and single hyphens; also the name of its folder", required: true }) };
  static override flags = {
    runner: Flags.string({ description: "the container its script runs in", options: ["python", "node", "shell"], default: "python" }),
    description: Flags.string({ description: "what it does and when to use it; agents choose by it" }),
  };

  async run(): Promise<SkillCreated> {
    const { args, flags } = await this.parse(SkillNew);
    const { createSkill } = await import("../../src/operations/new-skill.ts");
    const runner = flags.runner as SkillCreated["runner"];
    const created = await createSkill({ cwd: process.cwd(), env: process.env, name: args.name, runner, description: flags.description });
    for (const file of created.files) this.data(`${created.folder}/${file}`);
    this.words(`next  agentctl skill test ${created.name} && agentctl skill check ${created.name}`);
    return created;
  }
}
