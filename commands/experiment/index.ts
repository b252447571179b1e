import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { table } from "../../src/cli/table.ts";
import type { ExperimentSummary } from "../../src/operations/list-experiments.ts";

export default class Experiment extends AgentctlCommand {
  static override summary = "List experiments, the newest first.";
  static override description = "Unfinished: it still runs, or its process was killed; experiment run --resume goes on with it.";
  static override examples = ["<%= config.bin %> experiment", "<%= config.bin %> experiment --limit 5 --json"];
  static override flags = { limit: Flags.integer({ description: "how many", default: 20, min: 1 }) };

  async run(): Promise<ExperimentSummary[]> {
    const { flags } = await this.parse(Experiment);
    const { listExperiments } = await import("../../src/operations/list-experiments.ts");
    const found = await listExperiments({ cwd: process.cwd(), env: process.env, limit: flags.limit });
    const rows = found.map(({ experiment, strategy, started, outcome, search, trials, planned, best }) => ({
      experiment,
      strategy,
      started: started.slice(0, 19).replace("T", " "),
      outcome,
      search,
      trials: `${trials} of ${planned}`,
      best: best === null ? "-" : best.toFixed(3),
    }));
    if (rows.length === 0) this.words("no experiments yet; agentctl experiment run <strategy>");
    else for (const line of table(rows, ["experiment", "strategy", "started", "outcome", "search", "trials", "best"])) this.data(line);
    return found;
  }
}
