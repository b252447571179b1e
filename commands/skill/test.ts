import * as Args from "@oclif/core/args";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { SkillTested } from "../../src/operations/test-skill.ts";

export default class SkillTest extends AgentctlCommand {
  static override summary = "Run a skill's tests in its container, without network, on record.";
  static override description =
    "python: pytest on tests/; node: node --test; shell: bash tests/run.sh. Policy decides it as a run of the skill, and budgets bear its time. Exit 6: they fail, 3: denied by policy, 5: a budget is used up.";
  static override examples = ["<%= config.bin %> skill test market-stats"];
  static override args = { name: Args.string({ description: "the skill", required: true }) };

  async run(): Promise<SkillTested> {
    const { args } = await this.parse(SkillTest);
    const [{ testSkill }, { safeText }, { budgetLines, showDecision }] = await Promise.all([
      import("../../src/operations/test-skill.ts"),
      import("../../src/base/safe-text.ts"),
      import("../../src/cli/skill-run.ts"),
    ]);
    const tested = await testSkill({ cwd: process.cwd(), env: process.env, name: args.name });
    const { run, skill, passed, decision, budget, tests } = tested;
    for (const line of [...showDecision(run, decision), ...(budget === undefined ? [] : budgetLines(budget))]) this.words(line);
    if (tests === undefined) {
      this.ends(endOf(tested.outcome));
      return tested;
    }
    if (tests.output !== "") this.data(safeText(tests.output));
    this.words(
      `${passed ? "passed" : "failed"}  ${skill}${tests.outcome === "ok" || tests.outcome === "failed" ? "" : `: ${tests.outcome}`}  ${tests.durationMs} ms`,
    );
    if (!passed) this.ends("findings");
    return tested;
  }
}
