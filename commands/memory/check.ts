import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { findingFormats, reportText, safeText } from "../../src/cli/findings.ts";
import type { MemoryChecked } from "../../src/operations/check-memory.ts";

export default class MemoryCheck extends AgentctlCommand {
  static override summary = "Check the entries on disk: format, hidden text, secrets, titles that stand twice.";
  static override description = "A file with an error does not count, committed or not. Exit 6: there are errors.";
  static override examples = [
    "<%= config.bin %> memory check",
    "<%= config.bin %> memory check lessons/costs-eat-small-edges --strict",
    "<%= config.bin %> memory check --format sarif > memory.sarif",
  ];
  static override strict = false;
  static override args = { ids: Args.string({ description: "the entries; all on disk when none is named" }) };
  static override flags = {
    format: Flags.string({ description: "form of the report", options: [...findingFormats], default: "text" }),
    strict: Flags.boolean({ description: "count warnings as errors" }),
  };

  async run(): Promise<MemoryChecked> {
    const { argv, flags } = await this.parse(MemoryCheck);
    const { checkMemory } = await import("../../src/operations/check-memory.ts");
    const checked = await checkMemory({ cwd: process.cwd(), env: process.env, ids: argv.map(String), strict: flags.strict });
    const text = reportText(checked.report, flags.format as FindingFormat, process.env);
    this.data(flags.format === "text" || flags.format === "github" ? safeText(text) : text);
    if (!checked.passed) this.ends("findings");
    return checked;
  }
}
