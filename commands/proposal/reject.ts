import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { VoteTaken } from "../../src/operations/vote-proposal.ts";

export default class ProposalReject extends AgentctlCommand {
  static override summary = "Say no to a proposal; one no is enough, and ends it.";
  static override description = "It needs neither gates nor anybody else. Signed, it holds wherever it is fetched to; without a key it holds on this machine.";
  static override examples = ['<%= config.bin %> proposal reject p-7k2m --note "not this host"'];
  static override args = { proposal: Args.string({ description: "id of the proposal, or a unique beginning of it", required: true, ignoreStdin: true }) };
  static override flags = {
    note: Flags.string({ description: "what is said beside it; part of what is signed", aliases: ["notes"] }),
    head: Flags.string({ description: "the head that you looked at, or the beginning of it; no other one is answered" }),
    key: Flags.string({
      description: "SSH key that signs: private, or public when an agent holds the other half; default user.signingkey of your own git configuration",
    }),
    unsigned: Flags.boolean({ description: "do not sign; counts on this machine only, where one person is enough", exclusive: ["key", "signature"] }),
    statement: Flags.boolean({ description: "print only the text to sign, for a key on another machine", exclusive: ["key", "signature", "unsigned"] }),
    "statement-file": Flags.string({ description: "the text that was signed elsewhere", exclusive: ["key"] }),
    signature: Flags.string({ description: "the signature over it", exclusive: ["key"] }),
  };

  async run(): Promise<VoteTaken | { statement: string }> {
    const { args, flags } = await this.parse(ProposalReject);
    const { answerProposal } = await import("../../src/cli/proposal-vote.ts");
    // A no needs no yes.
    return answerProposal(
      { proposal: args.proposal, vote: "reject", yes: true, ...flags },
      { words: (line) => this.words(line), data: (line) => this.data(line) },
    );
  }
}
