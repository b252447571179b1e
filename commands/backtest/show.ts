import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { BacktestReport } from "../../src/operations/show-backtest.ts";

export default class BacktestShow extends AgentctlCommand {
  static override summary = "Show a backtest: what it came to, what it stood on, its first trades, how to reproduce it.";
  static override description =
    "Reads the verified journal of its run. A beginning of the id is enough when it is unique. A metric that is undefined is a dash.";
  static override examples = ["<%= config.bin %> backtest show bt-93fd", "<%= config.bin %> backtest show bt-93fd --trades 50 --json"];
  static override args = { backtest: Args.string({ description: "id of the backtest, or a unique beginning of it", required: true }) };
  static override flags = { trades: Flags.integer({ description: "how many trades to show", default: 5, min: 0 }) };

  async run(): Promise<BacktestReport> {
    const { args, flags } = await this.parse(BacktestShow);
    const [{ showBacktest }, { backtestLines, warningLines }] = await Promise.all([
      import("../../src/operations/show-backtest.ts"),
      import("../../src/cli/backtest-lines.ts"),
    ]);
    const report = await showBacktest({ cwd: process.cwd(), env: process.env, backtest: args.backtest, trades: flags.trades });
    for (const line of backtestLines(report)) this.data(line);
    for (const line of warningLines(report.warnings)) this.words(line);
    this.words(`next       ${report.next.join("     ")}`);
    return report;
  }
}
