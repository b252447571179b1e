import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { VoteTaken } from "../../src/operations/vote-proposal.ts";

export default class ProposalApprove extends AgentctlCommand {
  static override summary = "Approve a proposal: sign this exact change, on this base, with these results of the gates.";
  static override description =
    "A key of policies/signers (of the protected branch's commit) signs; the answer is kept in refs/agentctl/approvals, so that everybody can check it. What is signed is shown first. Ends with 8 while somebody else is still needed. With --statement and --signature the key may be on another machine.";
  static override examples = [
    "<%= config.bin %> proposal approve p-7k2m --key ~/.ssh/id_ed25519",
    '<%= config.bin %> proposal approve p-7k2m --yes --note "read it all"',
    "<%= config.bin %> proposal approve p-7k2m --statement > answer && ssh-keygen -Y sign -f KEY -n agentctl-approval-v1 answer",
    "<%= config.bin %> proposal approve p-7k2m --statement-file answer --signature answer.sig",
  ];
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
    yes: Flags.boolean({ description: "do not ask" }),
  };

  async run(): Promise<VoteTaken | { statement: string }> {
    const { args, flags } = await this.parse(ProposalApprove);
    const { answerProposal } = await import("../../src/cli/proposal-vote.ts");
    const taken = await answerProposal(
      { proposal: args.proposal, vote: "approve", ...flags },
      { words: (line) => this.words(line), data: (line) => this.data(line) },
    );
    if ("state" in taken && taken.state === "open") this.ends("waiting");
    return taken;
  }
}
