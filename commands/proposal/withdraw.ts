import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { Withdrawn } from "../../src/operations/withdraw-proposal.ts";

export default class ProposalWithdraw extends AgentctlCommand {
  static override summary = "Take a proposal back: its branch goes, its commit is kept in refs/agentctl/withdrawn.";
  static override examples = ['<%= config.bin %> proposal withdraw p-7k2m --reason "the data was wrong"'];
  static override args = { proposal: Args.string({ description: "id of the proposal, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = { reason: Flags.string({ description: "why, for the record", default: "withdrawn" }) };

  async run(): Promise<Withdrawn> {
    const { args, flags } = await this.parse(ProposalWithdraw);
    const [{ withdrawProposal }, { endedLines }, { said }] = await Promise.all([
      import("../../src/operations/withdraw-proposal.ts"),
      import("../../src/cli/proposal-lines.ts"),
      import("../../src/cli/said.ts"),
    ]);
    const ended = await withdrawProposal({ cwd: process.cwd(), env: process.env, proposal: args.proposal, reason: flags.reason });
    if (ended.kept === undefined) for (const line of endedLines(ended)) this.words(line);
    else {
      const { proposal, proposer, own, kept } = ended;
      this.data(`withdrawn ${proposal}${own ? "" : `, of ${proposer.kind} ${said(proposer.name, 60)}`}  kept in ${kept}`);
    }
    this.ends(endOf(ended.outcome));
    return ended;
  }
}
