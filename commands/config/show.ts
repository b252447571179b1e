import { AgentctlCommand } from "../../src/cli/command.ts";
import { table } from "../../src/cli/table.ts";
import type { ConfigReport } from "../../src/operations/show-config.ts";

export default class ConfigShow extends AgentctlCommand {
  static override summary = "Print every configuration key in force, its value, and where the value comes from.";
  static override description =
    "Order: default, profile, agentctl.yaml, AGENTCTL_* variables; the last one given counts. Values that came out of a variable by ${VAR} are not shown.";
  static override examples = ["<%= config.bin %> config show", "AGENTCTL_LIMITS_MEMORY_MIB=512 <%= config.bin %> config show --json"];

  async run(): Promise<ConfigReport> {
    const { showConfig } = await import("../../src/operations/show-config.ts");
    const report = showConfig(process.cwd(), process.env);
    for (const line of table(report.keys, ["key", "value", "origin", "env"])) this.data(line);
    for (const { name, near } of report.unknown) this.words(`warn  ${name} is no key of agentctl; did you mean ${near}?`);
    return report;
  }
}
