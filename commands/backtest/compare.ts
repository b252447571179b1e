import * as Args from "@oclif/core/args";
import { AgentctlError } from "../../src/base/errors.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { BacktestComparison } from "../../src/operations/compare-backtests.ts";

export default class BacktestCompare extends AgentctlCommand {
  static override summary = "Show backtests side by side: what they stood on and is not the same in all, and every metric.";
  static override description = "Files, parameters, settings, data, range, engine, image and seed are compared; what all have in common is left out.";
  static override examples = ["<%= config.bin %> backtest compare bt-93fd bt-a41c", "<%= config.bin %> backtest compare bt-93fd bt-a41c bt-07ze --json"];
  static override strict = false;
  static override args = {
    first: Args.string({ description: "id of a backtest, or a unique beginning of it", required: true }),
    second: Args.string({ description: "another one; more may follow", required: true }),
  };

  async run(): Promise<BacktestComparison> {
    const { argv } = await this.parse(BacktestCompare);
    const backtests = argv.map(String);
    const flag = backtests.find((word) => word.startsWith("-"));
    if (flag !== undefined)
      throw new AgentctlError("cli/unknown-flag", `there is no flag ${flag}`, { hint: "agentctl backtest compare --help", exit: "usage" });
    const [{ compareBacktests }, { comparisonLines }] = await Promise.all([
      import("../../src/operations/compare-backtests.ts"),
      import("../../src/cli/backtest-lines.ts"),
    ]);
    const comparison = await compareBacktests({ cwd: process.cwd(), env: process.env, backtests });
    for (const line of comparisonLines(comparison)) this.data(line);
    return comparison;
  }
}
