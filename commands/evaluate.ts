import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import type { Evaluation } from "../src/operations/evaluate-runs.ts";

export default class Evaluate extends AgentctlCommand {
  static override summary = "Success, regressions and incidents over time, from the record; exit 6 when a threshold is breached.";
  static override description =
    "Success: attempts that ended ok, of those that say something. Regression: attempts at a task that had been done before and failed, each with what has changed since: agent, skill, model, policy. Incident: halts, runs whose process was gone, faults, limits and budgets reached, denied requests of class T or C, damaged journals. Each rate has its 95 % interval: 1 of 1 is 21 to 100 %. A threshold is breached by the rate; where the interval reaches across it, it is unproven, which --strict counts as a breach.";
  static override examples = [
    "<%= config.bin %> evaluate",
    "<%= config.bin %> evaluate --days 90 --every week --agent quant",
    "<%= config.bin %> evaluate --days 7 --min-success-rate 0.9 --max-regression-rate 0.05 --max-incidents 0",
  ];
  static override flags = {
    days: Flags.integer({ description: "how many days back", default: 30, min: 1, max: 3650 }),
    every: Flags.option({ description: "what one line is", options: ["day", "week"] as const, default: "day" })(),
    agent: Flags.string({ description: "only the runs of this agent" }),
    "min-success-rate": Flags.string({ description: "share that must end ok at least, e.g. 0.9" }),
    "max-regression-rate": Flags.string({ description: "share of the attempts at tasks done before that may fail, e.g. 0.05" }),
    "max-incident-rate": Flags.string({ description: "share of the runs that may have an incident" }),
    "max-incidents": Flags.integer({ description: "how many incidents there may be", min: 0 }),
    strict: Flags.boolean({ description: "what is unproven counts as breached" }),
  };

  async run(): Promise<Evaluation> {
    const { flags } = await this.parse(Evaluate);
    const [{ evaluateRuns }, { evaluationLines, checkLines }, { givenShare }] = await Promise.all([
      import("../src/operations/evaluate-runs.ts"),
      import("../src/cli/evaluation-lines.ts"),
      import("../src/cli/given-values.ts"),
    ]);
    const evaluation = await evaluateRuns({
      cwd: process.cwd(),
      env: process.env,
      days: flags.days,
      every: flags.every,
      agent: flags.agent,
      thresholds: {
        minSuccessRate: givenShare("--min-success-rate", flags["min-success-rate"]),
        maxRegressionRate: givenShare("--max-regression-rate", flags["max-regression-rate"]),
        maxIncidentRate: givenShare("--max-incident-rate", flags["max-incident-rate"]),
        maxIncidents: flags["max-incidents"],
      },
    });
    for (const line of evaluationLines(evaluation)) this.data(line);
    for (const line of checkLines(evaluation.checks)) this.words(line);
    const fails = evaluation.checks.some(({ verdict }) => verdict === "breached" || (flags.strict && verdict === "unproven"));
    if (fails) this.ends("findings");
    return evaluation;
  }
}
