import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import type { Family } from "../src/telemetry/exposition.ts";

export default class Metrics extends AgentctlCommand {
  static override summary = "The record as Prometheus metrics: runs, models, tools, skills, decisions, incidents, budgets left, halt.";
  static override description =
    "Counters and histograms count the whole record, so they survive restarts; gauges say what stands now. --file writes the text whole or not at all, for the textfile collector of node_exporter.";
  static override examples = ["<%= config.bin %> metrics", "<%= config.bin %> metrics --file /var/lib/node_exporter/textfile/agentctl.prom"];
  static override flags = { file: Flags.string({ description: "write the text to this file instead", helpValue: "PATH" }) };

  async run(): Promise<Family[]> {
    const { flags } = await this.parse(Metrics);
    const { showMetrics } = await import("../src/operations/show-metrics.ts");
    const { families, text } = await showMetrics({ cwd: process.cwd(), env: process.env, file: flags.file });
    if (flags.file === undefined) this.data(text.trimEnd());
    else this.words(`wrote ${flags.file}`);
    return families;
  }
}
