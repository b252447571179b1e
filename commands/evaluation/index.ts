import { AgentctlCommand } from "../../src/cli/command.ts";
import type { EvaluationRow } from "../../src/operations/check-evaluations.ts";

export default class Evaluation extends AgentctlCommand {
  static override summary = "List the evaluations on disk: what changes of skills, agents and strategies are held to.";
  static override description = "Agents do not see them. The gate of a proposal asks those of the base; people ask one with evaluation run.";
  static override examples = ["<%= config.bin %> evaluation", "<%= config.bin %> evaluation --json | jq '.[].target'"];

  async run(): Promise<EvaluationRow[]> {
    const [{ listEvaluations }, { evaluationList }] = await Promise.all([
      import("../../src/operations/check-evaluations.ts"),
      import("../../src/cli/case-lines.ts"),
    ]);
    const rows = await listEvaluations({ cwd: process.cwd(), env: process.env });
    for (const line of evaluationList(rows)) this.data(line);
    if (rows.length === 0) this.words("none yet; agentctl schema evaluation is the form of evaluations/<name>/evaluation.yaml");
    return rows;
  }
}
