import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportText, safeText } from "../../src/cli/findings.ts";
import type { AgentsChecked } from "../../src/operations/check-agents.ts";

export default class AgentCheck extends AgentctlCommand {
  static override summary = "Check the agents on disk: format, tools, answer schemas, hidden text, secrets, and tools that policy denies at their level.";
  static override description = "Works on the draft; the policies are those of the commit. Exit 6: there are errors.";
  static override examples = [
    "<%= config.bin %> agent check",
    "<%= config.bin %> agent check quant --strict",
    "<%= config.bin %> agent check --format sarif > agents.sarif",
  ];
  static override strict = false;
  static override args = { names: Args.string({ description: "the agents; all of the workspace when none is named" }) };
  static override flags = {
    format: Flags.string({ description: "form of the report", options: [...findingFormats], default: "text" }),
    strict: Flags.boolean({ description: "count warnings as errors" }),
  };

  async run(): Promise<AgentsChecked> {
    const { argv, flags } = await this.parse(AgentCheck);
    const { checkAgents } = await import("../../src/operations/check-agents.ts");
    const checked = await checkAgents({ cwd: process.cwd(), env: process.env, names: argv.map(String), strict: flags.strict });
    const text = reportText(checked.report, flags.format as FindingFormat, process.env);
    this.data(flags.format === "text" || flags.format === "github" ? safeText(text) : text);
    if (!checked.passed) this.ends("findings");
    return checked;
  }
}
