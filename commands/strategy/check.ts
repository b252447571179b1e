import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportText, safeText } from "../../src/cli/findings.ts";
import type { StrategiesChecked } from "../../src/operations/check-strategies.ts";

export default class StrategyCheck extends AgentctlCommand {
  static override summary = "Check strategies without running them: the file, expressions, parameters, data, costs, and the code they bring.";
  static override description = "Whether a strategy earns anything is another question, which strategy gate asks. Exit 6: there are errors.";
  static override examples = [
    "<%= config.bin %> strategy check",
    "<%= config.bin %> strategy check sma-cross --strict",
    "<%= config.bin %> strategy check --format sarif > strategies.sarif",
  ];
  static override strict = false;
  static override args = { names: Args.string({ description: "the strategies; all of the workspace when none is named" }) };
  static override flags = {
    format: Flags.string({ description: "form of the report", options: [...findingFormats], default: "text" }),
    strict: Flags.boolean({ description: "count warnings as errors" }),
  };

  async run(): Promise<StrategiesChecked> {
    const { argv, flags } = await this.parse(StrategyCheck);
    const { checkStrategies } = await import("../../src/operations/check-strategies.ts");
    const checked = await checkStrategies({ cwd: process.cwd(), env: process.env, names: argv.map(String), strict: flags.strict });
    const text = reportText(checked.report, flags.format as FindingFormat, process.env);
    this.data(flags.format === "text" || flags.format === "github" ? safeText(text) : text);
    if (!checked.passed) this.ends("findings");
    return checked;
  }
}
