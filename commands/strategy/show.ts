import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { StrategyReport } from "../../src/operations/show-strategy.ts";

export default class StrategyShow extends AgentctlCommand {
  static override summary = "Show everything about a strategy: markets, parameters, rules as they are computed, costs, files, and what is wrong with it.";
  static override examples = ["<%= config.bin %> strategy show sma-cross", "<%= config.bin %> strategy show sma-cross --json | jq .rules"];
  static override args = { name: Args.string({ description: "the strategy", required: true }) };

  async run(): Promise<StrategyReport> {
    const { args } = await this.parse(StrategyShow);
    const [{ showStrategy }, { strategyLines }] = await Promise.all([
      import("../../src/operations/show-strategy.ts"),
      import("../../src/cli/strategy-lines.ts"),
    ]);
    const report = await showStrategy({ cwd: process.cwd(), env: process.env, name: args.name, warn: (text) => this.words(`warn  ${text}`) });
    for (const line of strategyLines(report)) this.data(line);
    return report;
  }
}
