import * as Args from "@oclif/core/args";
import { AgentctlCommand } from "../../src/cli/command.ts";
import { decisionLines } from "../../src/cli/decision-lines.ts";
import { safeText } from "../../src/cli/findings.ts";
import { table } from "../../src/cli/table.ts";
import type { ExplainedDecision } from "../../src/operations/explain-decision.ts";

export default class PolicyExplain extends AgentctlCommand {
  static override summary = "Explain a recorded decision: the request, and every rule that was asked and why it did or did not speak.";
  static override examples = ["<%= config.bin %> policy explain d-7k2mq0x4w9", `<%= config.bin %> query "select id, action, effect from decisions"`];
  static override args = { decision: Args.string({ description: "id of the decision, d-…", ignoreStdin: true, required: true }) };

  async run(): Promise<ExplainedDecision> {
    const { args } = await this.parse(PolicyExplain);
    const { explainDecision } = await import("../../src/operations/explain-decision.ts");
    const explained = await explainDecision({ cwd: process.cwd(), env: process.env, id: args.decision });
    const { decision, considered, today } = explained;
    for (const line of decisionLines(decision)) this.data(line);
    this.data(`run    ${explained.run}  ${explained.ts}  policy ${decision.policy.commit.slice(0, 7)}`);
    this.data(safeText(`asked  ${JSON.stringify(decision.request)}`));
    if (considered !== undefined) {
      this.data();
      const rows = considered.map(({ rule, effect, file, line, outcome, why }) => ({ outcome, effect, rule, place: `${file}:${line}`, why }));
      for (const line of table(rows, ["outcome", "effect", "rule", "place", "why"])) this.data(safeText(line));
    }
    if (considered === undefined)
      this.words(`the policies of ${decision.policy.commit.slice(0, 7)} are not in this repository any more, so the rules cannot be shown`);
    if (explained.reproduced === false)
      this.words("warn   deciding again by the same policies gives another answer: this agentctl decides differently from the one that recorded it");
    if (today !== undefined && today.effect !== decision.effect)
      this.words(`today  ${today.effect} by ${today.rules.join(", ") || "no rule"}: ${today.reason}`);
    return explained;
  }
}
