import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { SkillTested } from "../../src/operations/test-skill.ts";

export default class SkillTest extends AgentctlCommand {
  static override summary = "Run a skill's tests in its container, without network, on record.";
  static override description = "python: pytest on tests/; node: node --test; shell: bash tests/run.sh. Exit 6: they fail.";
  static override examples = ["<%= config.bin %> skill test market-stats"];
  static override args = { name: Args.string({ description: "the skill", required: true }) };

  async run(): Promise<SkillTested> {
    const { args } = await this.parse(SkillTest);
    const [{ testSkill }, { safeText }] = await Promise.all([import("../../src/operations/test-skill.ts"), import("../../src/base/safe-text.ts")]);
    const tested = await testSkill({ cwd: process.cwd(), env: process.env, name: args.name });
    if (tested.output !== "") this.data(safeText(tested.output));
    const { run, skill, passed, outcome, durationMs } = tested;
    this.words(`${passed ? "passed" : "failed"}  ${skill}${outcome === "ok" || outcome === "failed" ? "" : `: ${outcome}`}  ${durationMs} ms  ${run}`);
    if (!passed) this.ends("findings");
    return tested;
  }
}
