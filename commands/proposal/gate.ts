import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { FindingFormat } from "../../src/base/finding-formats.ts";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { GateProposalResult } from "../../src/operations/gate-proposal.ts";

const formats = ["text", "github", "sarif", "junit"] as const;

export default class ProposalGate extends AgentctlCommand {
  static override summary = "Ask every gate about a proposal's exact commit, and keep the report that people sign.";
  static override description =
    "Nine gates: paths, schema, static, secrets, prose, tests, benchmark, strategy, policy. The protected branch judges: its policies, its configuration, its images; nothing of the change judges itself. Code runs in containers. Asked again about the same change, it says the same, by the same digest. Exit 6: a gate failed.";
  static override examples = [
    "<%= config.bin %> proposal gate p-7k2mq0x4w9",
    "<%= config.bin %> proposal gate p-7k2m --json",
    "<%= config.bin %> proposal gate p-7k2m --format sarif > gates.sarif",
  ];
  static override args = { proposal: Args.string({ description: "the proposal, or a unique beginning of its id", ignoreStdin: true, required: true }) };
  static override flags = { format: Flags.string({ description: "how to write what was found", options: [...formats], default: "text" }) };

  async run(): Promise<GateProposalResult> {
    const { args, flags } = await this.parse(ProposalGate);
    const [{ gateProposal }, { gateLine, gatesEnd, gatesReport }, { showDecision, budgetLines }, { reportText }, { version }] = await Promise.all([
      import("../../src/operations/gate-proposal.ts"),
      import("../../src/cli/proposal-gate-lines.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/cli/findings.ts"),
      import("../../src/operations/version.ts"),
    ]);
    const isText = flags.format === "text";
    const live = process.stderr.isTTY && !this.jsonEnabled() ? (await import("../../src/cli/proposal-gate-progress.ts")).showGates() : undefined;
    const result = await gateProposal({
      cwd: process.cwd(),
      env: process.env,
      proposal: args.proposal,
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
      progress: live ?? { onResult: (gate) => isText && gateLine(gate).forEach((line) => this.data(line)) },
    }).finally(() => live?.close());
    if (live !== undefined && isText) for (const gate of result.report?.gates ?? []) for (const line of gateLine(gate)) this.data(line);
    if (!isText) this.data(reportText(gatesReport(result, version), flags.format as FindingFormat, process.env));
    if (result.budget !== undefined) for (const line of budgetLines(result.budget)) this.words(line);
    for (const line of gatesEnd(result)) this.words(line);
    this.ends(result.report !== undefined && !result.passed ? "findings" : endOf(result.outcome));
    return result;
  }
}
