import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportText, safeText } from "../../src/cli/findings.ts";
import type { EvaluationsChecked } from "../../src/operations/check-evaluations.ts";

export default class EvaluationCheck extends AgentctlCommand {
  static override summary = "Check evaluations without asking them: the file, its cases, the files and patterns that they name.";
  static override description = "Exit 6: there are errors.";
  static override examples = ["<%= config.bin %> evaluation check", "<%= config.bin %> evaluation check market-stats --format sarif"];
  static override strict = false;
  static override args = { names: Args.string({ description: "the evaluations; all of the workspace when none is named" }) };
  static override flags = {
    format: Flags.string({ description: "form of the report", options: [...findingFormats], default: "text" }),
    strict: Flags.boolean({ description: "count warnings as errors" }),
  };

  async run(): Promise<EvaluationsChecked> {
    const { argv, flags } = await this.parse(EvaluationCheck);
    const { checkWorkingEvaluations } = await import("../../src/operations/check-evaluations.ts");
    const checked = await checkWorkingEvaluations({ cwd: process.cwd(), env: process.env, names: argv.map(String), strict: flags.strict });
    const text = reportText(checked.report, flags.format as FindingFormat, process.env);
    this.data(flags.format === "text" || flags.format === "github" ? safeText(text) : text);
    if (!checked.passed) this.ends("findings");
    return checked;
  }
}
