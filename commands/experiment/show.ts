import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ShownExperiment } from "../../src/operations/show-experiment.ts";

export default class ExperimentShow extends AgentctlCommand {
  static override summary = "Show an experiment: its best variants, what they did in each regime, walk-forward, and a map of two parameters.";
  static override description =
    "Reads the journals of its runs and verifies them record by record. --json leaves out the scores of all variants unless --points asks for them; `query` has everything in the view trials.";
  static override examples = ["<%= config.bin %> experiment show e-7k2m", "<%= config.bin %> experiment show e-7k2m --points --json"];
  static override args = { experiment: Args.string({ description: "id of the experiment, or a unique beginning of it", required: true }) };
  static override flags = { points: Flags.boolean({ description: "parameters and score of every variant that was tried on all bars" }) };

  async run(): Promise<Omit<ShownExperiment, "points"> & Partial<Pick<ShownExperiment, "points">>> {
    const { args, flags } = await this.parse(ExperimentShow);
    const [{ showExperiment }, { experimentLines, heatMap }] = await Promise.all([
      import("../../src/operations/show-experiment.ts"),
      import("../../src/cli/experiment-lines.ts"),
    ]);
    const { points, ...shown } = await showExperiment({ cwd: process.cwd(), env: process.env, experiment: args.experiment });
    this.data(`${shown.experiment}  ${shown.strategy}  ${shown.outcome}  ${shown.trials} of ${shown.planned} trials  seed ${shown.seed}`);
    if (shown.report === undefined) this.words(`go on      agentctl experiment run ${shown.strategy} --resume ${shown.experiment}`);
    else for (const line of experimentLines(shown.report)) this.data(line);
    const map = heatMap(points.map(({ parameters, score }) => ({ parameters, score: score ?? null })));
    if (map.length > 0) for (const line of ["", ...map]) this.data(line);
    if (flags.points) for (const { trial, parameters, score } of points) this.data(`${trial}  ${JSON.stringify(parameters)}  ${score ?? "-"}`);
    return flags.points ? { ...shown, points } : shown;
  }
}
