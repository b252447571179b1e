import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { BacktestRow } from "../../src/operations/list-backtests.ts";

export default class Backtest extends AgentctlCommand {
  static override summary = "List backtests, the newest first.";
  static override description =
    "A strategy with a star was not committed as it ran. Unfinished: it still runs, or it never came to its end (killed, halted, disk full).";
  static override examples = ["<%= config.bin %> backtest", "<%= config.bin %> backtest --strategy sma-cross --limit 5 --json"];
  static override flags = {
    strategy: Flags.string({ description: "only of this strategy" }),
    limit: Flags.integer({ description: "how many", default: 20, min: 1 }),
  };

  async run(): Promise<BacktestRow[]> {
    const { flags } = await this.parse(Backtest);
    const [{ listBacktests }, { backtestList }] = await Promise.all([
      import("../../src/operations/list-backtests.ts"),
      import("../../src/cli/backtest-lines.ts"),
    ]);
    const rows = await listBacktests({ cwd: process.cwd(), env: process.env, strategy: flags.strategy, limit: flags.limit });
    if (rows.length > 0) for (const line of backtestList(rows)) this.data(line);
    else {
      this.words(flags.strategy === undefined ? "no backtests yet" : `no backtest of ${flags.strategy}`);
      this.words("next       agentctl strategy     agentctl backtest run …");
    }
    return rows;
  }
}
