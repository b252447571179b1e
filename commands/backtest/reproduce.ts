import * as Args from "@oclif/core/args";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { Reproduction } from "../../src/operations/reproduce-backtest.ts";

export default class BacktestReproduce extends AgentctlCommand {
  static override summary = "Run a recorded backtest again from its record, and say whether it is identical or where it differs.";
  static override description =
    "Nothing is checked out: its files come from the recorded commit or the kept bytes, its bars by their digest. Exit 7: it differs, or a part of it is gone; the part is named, and nothing stands in for it.";
  static override examples = ["<%= config.bin %> backtest reproduce bt-93fd", "<%= config.bin %> backtest reproduce bt-93fd --json"];
  static override args = { backtest: Args.string({ description: "id of the backtest, or a unique beginning of it", required: true }) };

  async run(): Promise<Reproduction> {
    const { args } = await this.parse(BacktestReproduce);
    const [{ reproduceBacktest }, { reproductionLines }, { budgetLines, showDecision }] = await Promise.all([
      import("../../src/operations/reproduce-backtest.ts"),
      import("../../src/cli/reproduction-lines.ts"),
      import("../../src/cli/skill-run.ts"),
    ]);
    const reproduction = await reproduceBacktest({
      cwd: process.cwd(),
      env: process.env,
      backtest: args.backtest,
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
    });
    const { verdict, ran } = reproduction;
    for (const line of reproductionLines(reproduction)) this.data(line);
    if (ran?.budget !== undefined) for (const line of budgetLines(ran.budget)) this.words(line);
    this.ends(verdict === "identical" ? "done" : verdict === "not-run" && ran !== undefined ? endOf(ran.outcome) : "verification");
    return reproduction;
  }
}
