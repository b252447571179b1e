import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { ResampleResult } from "../../src/operations/resample-data.ts";

export default class DataResample extends AgentctlCommand {
  static override summary = "Make a data set of a longer timeframe out of one that is there.";
  static override description =
    "Weeks start on Monday, all else is counted from the epoch, in UTC. A last bar whose stretch is not over is left out. Exit 6: refused.";
  static override examples = ["<%= config.bin %> data resample sp500-daily 1w", "<%= config.bin %> data resample btc-usdt-1m 1h --name btc-hourly"];
  static override args = {
    from: Args.string({ description: "the data set", required: true }),
    timeframe: Args.string({ description: "of the new one, a multiple of its own", required: true }),
  };
  static override flags = { name: Flags.string({ description: "name of the new one [default: its name and the timeframe]" }) };

  async run(): Promise<ResampleResult> {
    const { args, flags } = await this.parse(DataResample);
    const [{ resampleData }, { healthLines, keptLines }, { showDecision, budgetLines }] = await Promise.all([
      import("../../src/operations/resample-data.ts"),
      import("../../src/cli/data-lines.ts"),
      import("../../src/cli/skill-run.ts"),
    ]);
    const result = await resampleData({
      cwd: process.cwd(),
      env: process.env,
      from: args.from,
      timeframe: args.timeframe,
      name: flags.name,
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
    });
    const { resampled, budget, outcome } = result;
    if (budget !== undefined) budgetLines(budget).forEach((line) => this.words(line));
    if (resampled !== undefined) {
      for (const line of healthLines(resampled.health)) this.words(line);
      if (resampled.unfinished > 0) this.words("unfinished the last bar was left out: its stretch is not over");
      for (const line of resampled.kept === undefined ? [] : keptLines(resampled.kept)) this.words(line);
      if (resampled.kept !== undefined) this.data(resampled.kept.path);
    }
    this.ends(resampled !== undefined && resampled.kept === undefined ? "findings" : endOf(outcome));
    return result;
  }
}
