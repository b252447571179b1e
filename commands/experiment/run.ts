import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import { parseParameters } from "../../src/cli/parameter-flag.ts";
import type { RunExperimentResult } from "../../src/operations/run-experiment.ts";

export default class ExperimentRun extends AgentctlCommand {
  static override summary = "Search a strategy's parameters: regimes, variants, scores, walk-forward; every trial on record.";
  static override description =
    "Variants are those of the parameters in strategy.yaml that meet its constraints; --param fixes one. Scores are the objective over all bars; beside it stands what each variant did in each regime, and a robust figure: the lower of its worst regime and the median of its neighbourhood. --walk-forward chooses on one window and judges on the next. Stopped or killed, an experiment goes on with --resume and counts nothing twice. Every variant counts at the gate, whoever tried it.";
  static override examples = [
    "<%= config.bin %> experiment run sma-cross",
    "<%= config.bin %> experiment run sma-cross --search random --trials 100 --objective calmar --walk-forward 4",
    "<%= config.bin %> experiment run sma-cross --search halving --param slow=100 --from 2005-01-01 --to 2014-12-31 --json",
    "<%= config.bin %> experiment run sma-cross --resume e-7k2mq0x4w9",
  ];
  static override args = { strategy: Args.string({ description: "the strategy", required: true }) };
  static override flags = {
    search: Flags.string({
      description: "every combination, some of them by chance, or many on little data and the better ones on more; the grid where it is small, else random",
      options: ["grid", "random", "halving"],
    }),
    trials: Flags.integer({ description: "variants at most", min: 1, max: 100_000 }),
    objective: Flags.string({ description: "the metric that ranks them: sharpe (default), sortino, calmar, cagr, profitFactor, maxDrawdown, …" }),
    "walk-forward": Flags.integer({ description: "windows: each chosen on three times the bars before it", min: 1, max: 100 }),
    param: Flags.string({ description: "NAME=VALUE: a parameter that is not searched", multiple: true }),
    from: Flags.string({ description: "first day that is traded" }),
    to: Flags.string({ description: "last day that is traded" }),
    seed: Flags.integer({ description: "of chance, 0 when not given; the same seed draws the same variants", min: 0 }),
    resume: Flags.string({ description: "an experiment to go on with; its search is taken from the record" }),
  };

  async run(): Promise<RunExperimentResult> {
    const { args, flags } = await this.parse(ExperimentRun);
    const [{ runExperiment }, { showExperiment }, { experimentLines, experimentNext }, { count }, { showDecision, budgetLines }] = await Promise.all([
      import("../../src/operations/run-experiment.ts"),
      import("../../src/cli/experiment-progress.ts"),
      import("../../src/cli/experiment-lines.ts"),
      import("../../src/cli/quantity.ts"),
      import("../../src/cli/skill-run.ts"),
    ]);
    const progress = showExperiment(process.stderr.isTTY, (line) => this.words(line));
    const { search: kind, trials: variants, objective, from, to, seed, resume } = flags;
    try {
      const result = await runExperiment({
        cwd: process.cwd(),
        env: process.env,
        name: args.strategy,
        kind,
        variants,
        objective,
        walkForward: flags["walk-forward"],
        from,
        to,
        seed,
        resume,
        parameters: parseParameters(flags.param ?? []),
        onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
        onUnfinished: (found) =>
          this.words(
            `unfinished ${found.experiment} has this very plan, ${found.trials} of ${found.planned} trials done; go on with it: agentctl experiment run ${args.strategy} --resume ${found.experiment}`,
          ),
        onStart: ({ experiment, planned, recorded }) =>
          this.words(`experiment ${experiment}  ${count(planned, "trial")} planned${recorded === 0 ? "" : `, ${recorded} on record`}`),
        onProgress: progress.onProgress,
      });
      await progress.close();
      if (result.budget !== undefined) for (const line of budgetLines(result.budget)) this.words(line);
      const { experiment, decision } = result;
      if (result.outcome === "denied" || result.outcome === "waiting") this.words(`next       agentctl policy explain ${decision.id}`);
      if (experiment !== undefined) {
        for (const line of experimentLines(experiment)) this.data(line);
        this.words(experimentNext(experiment, args.strategy));
      }
      this.ends(endOf(result.outcome));
      return result;
    } finally {
      await progress.close();
    }
  }
}
