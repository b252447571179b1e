import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportText, safeText } from "../../src/cli/findings.ts";
import type { SkillsChecked } from "../../src/operations/check-skills.ts";

export default class SkillCheck extends AgentctlCommand {
  static override summary = "Check skills: format, lint, security, secrets, and prose that steers a model. Nothing of a skill is run.";
  static override description =
    "Analysers: our own rules, ruff with bandit's rules, oxlint, shellcheck (in a container), secretlint. Comments in the code silence none of them. Exit 6: there are errors.";
  static override examples = [
    "<%= config.bin %> skill check",
    "<%= config.bin %> skill check market-stats --strict",
    "<%= config.bin %> skill check --format sarif > skills.sarif",
  ];
  static override strict = false;
  static override args = { names: Args.string({ description: "the skills; all of the workspace when none is named" }) };
  static override flags = {
    format: Flags.string({ description: "form of the report", options: [...findingFormats], default: "text" }),
    strict: Flags.boolean({ description: "count warnings as errors" }),
  };

  async run(): Promise<SkillsChecked> {
    const { argv, flags } = await this.parse(SkillCheck);
    const { checkSkills } = await import("../../src/operations/check-skills.ts");
    const checked = await checkSkills({ cwd: process.cwd(), env: process.env, names: argv.map(String), strict: flags.strict });
    const text = reportText(checked.report, flags.format as FindingFormat, process.env);
    this.data(flags.format === "text" || flags.format === "github" ? safeText(text) : text);
    if (!checked.passed) this.ends("findings");
    return checked;
  }
}
