import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import type { Report } from "../../src/base/report.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportPassed, reportText } from "../../src/cli/findings.ts";

export default class PolicyTest extends AgentctlCommand {
  static override summary = "Try the policies on disk: read them, run their examples, decide their cases over all of them together.";
  static override description = "Ends with 6 when something fails. With --format github it writes annotations, and a summary to $GITHUB_STEP_SUMMARY.";
  static override examples = [
    "<%= config.bin %> policy test",
    "<%= config.bin %> policy test --format sarif > policy.sarif",
    "<%= config.bin %> policy test --ref main",
  ];
  static override flags = {
    format: Flags.string({ description: "how to write what was found", options: [...findingFormats], default: "text" }),
    ref: Flags.string({ description: "try the policies of this revision instead of the working tree" }),
  };

  async run(): Promise<Report> {
    const { flags } = await this.parse(PolicyTest);
    const { testPolicies } = await import("../../src/operations/test-policies.ts");
    const report = await testPolicies({ cwd: process.cwd(), env: process.env, ref: flags.ref });
    this.data(reportText(report, flags.format as FindingFormat, process.env));
    if (!reportPassed(report)) this.ends("findings");
    return report;
  }
}
