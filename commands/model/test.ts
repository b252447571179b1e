import * as Args from "@oclif/core/args";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { TestModelResult } from "../../src/operations/test-model.ts";

export default class ModelTest extends AgentctlCommand {
  static override summary = "Ask each model of a tier one tiny question, and show how fast it answers, what it costs, and whether it calls tools.";
  static override description =
    "Policy decides each host as model.call, the budgets bear it, and it is recorded as a run. Nothing is tried twice or answered from the cache. Exit 1: none answered; 3: policy denied all; 5: a budget is reached.";
  static override examples = ["<%= config.bin %> model test", "<%= config.bin %> model test cloud-smart", "<%= config.bin %> model test openai/gpt-5.2 --json"];
  static override args = { model: Args.string({ description: "a tier, or provider/model [default: what the roles have]" }) };

  async run(): Promise<TestModelResult> {
    const { args } = await this.parse(ModelTest);
    const [{ testModel }, { testedTable }, { showTests }, { showDecision }] = await Promise.all([
      import("../../src/operations/test-model.ts"),
      import("../../src/cli/model-lines.ts"),
      import("../../src/cli/model-progress.ts"),
      import("../../src/cli/skill-run.ts"),
    ]);
    const { stderr } = process;
    const terminal = stderr.isTTY && stderr.columns >= 40 && !this.jsonEnabled();
    const progress = showTests(terminal, (line) => this.words(line));
    const alerts: string[] = [];
    let result: TestModelResult;
    try {
      result = await testModel({
        cwd: process.cwd(),
        env: process.env,
        name: args.model,
        onDecision: (run, decision) => !terminal && showDecision(run, decision).forEach((line) => this.words(line)),
        onAlert: (text) => alerts.push(text),
        onPlan: progress.onPlan,
        onTested: progress.onTested,
      });
    } finally {
      await progress.close();
    }
    for (const alert of alerts) this.words(`alert  ${alert}`);
    for (const line of testedTable(result.models)) this.data(line);
    this.ends(endOf(result.outcome));
    return result;
  }
}
