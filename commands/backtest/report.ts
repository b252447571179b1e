import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { Report } from "../../src/operations/report-backtest.ts";

export default class BacktestReport extends AgentctlCommand {
  static override summary = "Write the report of a backtest: one HTML file that loads nothing and runs nothing.";
  static override description =
    "Equity, drawdown, trades on the price, months, rolling Sharpe ratio, costs, every metric with its definition, and what the result depends on. The path goes to stdout.";
  static override examples = ["<%= config.bin %> backtest report bt-7k2m", "<%= config.bin %> backtest report bt-7k2m --out report.html --force"];
  static override args = { id: Args.string({ description: "the backtest, or a beginning of its id", required: true }) };
  static override flags = {
    out: Flags.string({ description: "the file; default backtest-<id>.html here" }),
    force: Flags.boolean({ description: "replace a file that is no report" }),
  };

  async run(): Promise<Report> {
    const { args, flags } = await this.parse(BacktestReport);
    const { reportBacktest } = await import("../../src/operations/report-backtest.ts");
    const report = await reportBacktest({ cwd: process.cwd(), env: process.env, id: args.id, out: flags.out, force: flags.force });
    this.data(report.path);
    return report;
  }
}
