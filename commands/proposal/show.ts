import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { ShownProposal } from "../../src/operations/show-proposal.ts";

export default class ProposalShow extends AgentctlCommand {
  static override summary = "Show a proposal: what it changes, what it takes, what gates and people said, and what it still needs.";
  static override description =
    "What decides comes first: paths that raise what it takes are shown before all others. What would act on a terminal, hide, or pass for another letter is written as «U+XXXX». Title and rationale are the proposer's words, and decide nothing.";
  static override examples = [
    "<%= config.bin %> proposal show p-7k2m",
    "<%= config.bin %> proposal show p-7k2m --stat",
    "<%= config.bin %> proposal show p-7k2m --full | less",
  ];
  static override args = { proposal: Args.string({ description: "id of the proposal, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    full: Flags.boolean({ description: "all lines of all files", exclusive: ["stat"] }),
    stat: Flags.boolean({ description: "paths and counts, no lines" }),
  };

  async run(): Promise<ShownProposal> {
    const { args, flags } = await this.parse(ProposalShow);
    const [{ showProposal }, { proposalLines }] = await Promise.all([
      import("../../src/operations/show-proposal.ts"),
      import("../../src/cli/proposal-show-lines.ts"),
    ]);
    const shown = await showProposal({ cwd: process.cwd(), env: process.env, proposal: args.proposal });
    for (const line of proposalLines(shown, { ...flags, width: process.stdout.columns })) this.data(line);
    this.words(`next  ${shown.next}`);
    return shown;
  }
}
