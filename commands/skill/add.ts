import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SkillAdded } from "../../src/operations/add-skill.ts";

export default class SkillAdd extends AgentctlCommand {
  static override summary = "Copy a skill from a git repository or a folder into the workspace: pinned, scanned, untrusted.";
  static override description =
    "Plain files only; nothing of it is run. skills/lock.yaml says where it came from and that it is untrusted. What the analysers find is shown and does not stop the copy.";
  static override examples = [
    "<%= config.bin %> skill add https://git.example.org/team/skills.git --path skills/csv-tools",
    "<%= config.bin %> skill add https://git.example.org/team/one-skill.git --ref v1.2.0",
    "<%= config.bin %> skill add ../other-project/skills/report --name their-report",
  ];
  static override args = { source: Args.string({ description: "git URL or folder", required: true }) };
  static override flags = {
    name: Flags.string({ description: "name it gets here; default its own" }),
    path: Flags.string({ description: "the skill's folder within the source" }),
    ref: Flags.string({ description: "branch, tag or commit" }),
  };

  async run(): Promise<SkillAdded> {
    const { args, flags } = await this.parse(SkillAdd);
    const [{ addSkill }, { findingLines, tally }] = await Promise.all([import("../../src/operations/add-skill.ts"), import("../../src/cli/skill-lines.ts")]);
    const added = await addSkill({ cwd: process.cwd(), env: process.env, source: args.source, name: flags.name, path: flags.path, ref: flags.ref });
    for (const line of findingLines(added.findings)) this.words(line);
    const { name, folder, files, lock } = added;
    this.data(`added  ${folder}  ${files} files  ${lock.commit === undefined ? `sha256:${lock.digest.slice(0, 12)}` : lock.commit.slice(0, 12)}  untrusted`);
    this.words(`found  ${tally(added.findings)}`);
    this.words(`next   read ${folder}, then: agentctl skill trust ${name} --reason …   or: agentctl skill rm ${name} --yes`);
    return added;
  }
}
