import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { LandResult } from "../../src/operations/land-proposal.ts";
import type { RollbackMade } from "../../src/operations/rollback-proposal.ts";

export default class ProposalRollback extends AgentctlCommand {
  static override summary = "Take a landed proposal back: the reverse, as a new commit, under the approval that its class needs.";
  static override description =
    "Makes the reverse a proposal of its own, on the branch as it is now, and with --key signs and lands it at once where that is enough: whoever rolls back may be one of those who approve, since it puts back what was approved before. Two-key changes still take another person. Needs no engine and no model, and works while halted. A path that was changed since is a conflict: then nothing is made. Ends with 8 while approvals are missing.";
  static override examples = [
    '<%= config.bin %> proposal rollback p-7k2m --key ~/.ssh/id_ed25519 --reason "it returns nothing for half the files"',
    "<%= config.bin %> proposal rollback p-7k2m",
  ];
  static override args = { proposal: Args.string({ description: "id of the proposal that landed", required: true, ignoreStdin: true }) };
  static override flags = {
    reason: Flags.string({ description: "why", default: "It is taken back." }),
    key: Flags.string({ description: "SSH key that approves it, so that it lands at once where one person is enough" }),
    yes: Flags.boolean({ description: "do not ask before it is signed" }),
  };

  async run(): Promise<{ made: RollbackMade; landed?: LandResult }> {
    const { args, flags } = await this.parse(ProposalRollback);
    const [{ rollbackProposal }, { landProposal }, { landingLines, rollbackLines }] = await Promise.all([
      import("../../src/operations/rollback-proposal.ts"),
      import("../../src/operations/land-proposal.ts"),
      import("../../src/cli/landing-lines.ts"),
    ]);
    const place = { cwd: process.cwd(), env: process.env };
    const made = await rollbackProposal({ ...place, proposal: args.proposal, reason: flags.reason });
    for (const { stream, line } of rollbackLines(made)) this[stream](line);
    if (flags.key !== undefined) {
      const { answerProposal } = await import("../../src/cli/proposal-vote.ts");
      const out = { words: (line: string) => this.words(line), data: (line: string) => this.data(line) };
      const typed = {
        proposal: made.proposal,
        vote: "approve",
        statement: false,
        key: flags.key,
        yes: flags.yes,
        note: flags.reason,
        landsNext: true,
      } as const;
      await answerProposal(typed, out);
    }
    const landed = await landProposal({ ...place, proposal: made.proposal });
    for (const { stream, line } of landingLines(landed)) this[stream](line);
    this.ends(landed.exit);
    return { made, landed };
  }
}
