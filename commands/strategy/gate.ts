import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import { findingFormats } from "../../src/cli/findings.ts";
import { parseParameters } from "../../src/cli/parameter-flag.ts";
import type { GateStrategyResult } from "../../src/operations/gate-strategy.ts";

export default class StrategyGate extends AgentctlCommand {
  static override summary = "Hold a strategy to the limits of policy: is its backtest to be believed?";
  static override description =
    "Thirteen checks: data, trades, fills, look-ahead, a bar's delay, warm-up, costs, neighbouring parameters, walk-forward, drawdown, permutations, deflated Sharpe ratio, overfitting. Limits stand under gates: in the committed policies; strategy.yaml can only tighten them. A check that could not be asked has failed. The judged variant counts as a trial. Exit 6: refused, 3: denied by policy.";
  static override examples = [
    "<%= config.bin %> strategy gate sma-cross",
    "<%= config.bin %> strategy gate sma-cross --param fast=20 --param slow=100 --json",
    "<%= config.bin %> strategy gate sma-cross --format sarif > gate.sarif",
  ];
  static override args = { name: Args.string({ description: "the strategy", ignoreStdin: true, required: true }) };
  static override flags = {
    param: Flags.string({ description: "NAME=VALUE: a parameter that is not to have its default", multiple: true }),
    format: Flags.string({ description: "how to write what was found", options: [...findingFormats], default: "text" }),
  };

  async run(): Promise<GateStrategyResult> {
    const { args, flags } = await this.parse(StrategyGate);
    const [{ gateStrategy }, { checkLine, gateEnd, gateReport }, { showDecision, budgetLines }, { reportText }, { version }] = await Promise.all([
      import("../../src/operations/gate-strategy.ts"),
      import("../../src/cli/gate-lines.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/cli/findings.ts"),
      import("../../src/operations/version.ts"),
    ]);
    const live = process.stderr.isTTY && !this.jsonEnabled() ? (await import("../../src/cli/gate-progress.ts")).showGate() : undefined;
    const isText = flags.format === "text";
    const result = await gateStrategy({
      cwd: process.cwd(),
      env: process.env,
      name: args.name,
      parameters: parseParameters(flags.param ?? []),
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
      progress: live ?? { onCheck: (check) => isText && this.data(checkLine(check)) },
    }).finally(() => live?.close());
    if (live !== undefined && isText) for (const check of result.gate?.checks ?? []) this.data(checkLine(check));
    if (!isText) this.data(reportText(gateReport(result, version), flags.format as FindingFormat, process.env));
    if (result.budget !== undefined) for (const line of budgetLines(result.budget)) this.words(line);
    for (const line of gateEnd(result)) this.words(line);
    this.ends(result.gate?.passed === false ? "findings" : endOf(result.outcome));
    return result;
  }
}
