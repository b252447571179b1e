import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import { parseParameters } from "../../src/cli/parameter-flag.ts";
import type { BacktestStrategyResult } from "../../src/operations/backtest-strategy.ts";

export default class BacktestRun extends AgentctlCommand {
  static override summary = "Backtest a strategy: decided by policy, recorded with everything that the result depends on.";
  static override description =
    "Reads the strategy of the working tree; one that is not committed is kept with its backtest, so that it can be reproduced. Exit 1: the strategy failed, 3: denied by policy, 124: out of time.";
  static override examples = [
    "<%= config.bin %> backtest run sma-cross",
    "<%= config.bin %> backtest run sma-cross --param fast=10 --param slow=30",
    "<%= config.bin %> backtest run sma-cross --from 2010-01-01 --to 2019-12-31 --json",
  ];
  static override args = { strategy: Args.string({ description: "the strategy", required: true }) };
  static override flags = {
    param: Flags.string({ description: "NAME=VALUE: a parameter of the strategy, in place of its default", multiple: true }),
    from: Flags.string({ description: "the first day that is traded (UTC); earlier bars warm up" }),
    to: Flags.string({ description: "the last day that is traded (UTC)" }),
  };

  async run(): Promise<BacktestStrategyResult> {
    const { args, flags } = await this.parse(BacktestRun);
    const parameters = parseParameters(flags.param ?? []);
    const [{ backtestStrategy }, { resultLine, runWords }, { budgetLines, showDecision }] = await Promise.all([
      import("../../src/operations/backtest-strategy.ts"),
      import("../../src/cli/backtest-lines.ts"),
      import("../../src/cli/skill-run.ts"),
    ]);
    const result = await backtestStrategy({
      cwd: process.cwd(),
      env: process.env,
      name: args.strategy,
      parameters,
      from: flags.from,
      to: flags.to,
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
    });
    const line = resultLine(result);
    if (line !== undefined) this.data(line);
    for (const said of result.budget === undefined ? runWords(result, parameters) : budgetLines(result.budget)) this.words(said);
    this.ends(endOf(result.outcome));
    return result;
  }
}
