import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import { findingFormats } from "../../src/cli/findings.ts";
import type { RunEvaluationResult } from "../../src/operations/run-evaluation.ts";

export default class EvaluationRun extends AgentctlCommand {
  static override summary = "Ask one evaluation about its target, case by case, on record.";
  static override description =
    "Skills run in their container without network, agents are worked through with a script as their model, strategies are backtested. What goes in and must come out is not recorded. For people only: agents do not see evaluations. Exit 6: a case fails, 3: denied by policy.";
  static override examples = [
    "<%= config.bin %> evaluation run market-stats",
    "<%= config.bin %> evaluation run market-stats --at main --json",
    "<%= config.bin %> evaluation run file-ops --format junit > cases.xml",
  ];
  static override args = { name: Args.string({ description: "the evaluation", required: true }) };
  static override flags = {
    at: Flags.string({ description: "a commit, branch or tag whose skill or agent is asked; the files on disk when not given" }),
    format: Flags.string({ description: "form of the report", options: [...findingFormats], default: "text" }),
  };

  async run(): Promise<RunEvaluationResult> {
    const { args, flags } = await this.parse(EvaluationRun);
    const [{ runEvaluation }, { caseLines, evaluationEnd, evaluationReport }, { showDecision, budgetLines }, { reportText }, { version }] = await Promise.all([
      import("../../src/operations/run-evaluation.ts"),
      import("../../src/cli/case-lines.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/cli/findings.ts"),
      import("../../src/operations/version.ts"),
    ]);
    const result = await runEvaluation({
      cwd: process.cwd(),
      env: process.env,
      name: args.name,
      at: flags.at,
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
    });
    if (flags.format !== "text") this.data(reportText(evaluationReport(result, version), flags.format as FindingFormat, process.env));
    else for (const line of caseLines(result.cases ?? [])) this.data(line);
    if (result.budget !== undefined) for (const line of budgetLines(result.budget)) this.words(line);
    this.words(evaluationEnd(result));
    this.ends(result.cases === undefined ? endOf(result.outcome) : result.passed ? "done" : "findings");
    return result;
  }
}
