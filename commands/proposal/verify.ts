import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../../src/cli/command.ts";
import type { VerifiedProposal } from "../../src/operations/verify-proposal.ts";

export default class ProposalVerify extends AgentctlCommand {
  static override summary = "Check who approved a proposal, when, and on what evidence; also of one that landed. Needs git and ssh-keygen, no network.";
  static override description =
    "Signers and policies come from the protected branch's commit before the change. With --explain it prints the commands by which the same is found without agentctl, as a shell script. Ends with 7 when it does not hold, with 8 when it is not approved yet.";
  static override examples = [
    "<%= config.bin %> proposal verify p-7k2mq0x4w9",
    "<%= config.bin %> proposal verify p-7k2mq0x4w9 --commit main",
    "<%= config.bin %> proposal verify p-7k2mq0x4w9 --explain | sh",
  ];
  static override args = { proposal: Args.string({ description: "id of the proposal; of one that landed the whole id", required: true, ignoreStdin: true }) };
  static override flags = {
    commit: Flags.string({ description: "the merge that landed it, when it landed more than once" }),
    explain: Flags.boolean({ description: "print only the commands that an auditor would type" }),
  };

  async run(): Promise<VerifiedProposal> {
    const { args, flags } = await this.parse(ProposalVerify);
    const [{ verifyProposal }, { verifiedLines }] = await Promise.all([
      import("../../src/operations/verify-proposal.ts"),
      import("../../src/cli/verify-lines.ts"),
    ]);
    const verified = await verifyProposal({ cwd: process.cwd(), env: process.env, proposal: args.proposal, merge: flags.commit, explain: flags.explain });
    for (const line of verified.commands ?? verifiedLines(verified)) this.data(line);
    if (verified.verdict !== "holds") this.ends(verified.verdict === "waits" ? "waiting" : "verification");
    return verified;
  }
}
